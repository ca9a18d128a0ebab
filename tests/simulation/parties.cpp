#include "tests/simulation/parties.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "protocol/base/typed_data.hpp"

namespace ferry::simulation {

namespace {

base::Address address_of(std::uint8_t fill) {
  base::Address address;
  address.data.fill(fill);
  return address;
}

const base::Address kToken = address_of(0x77);
const base::Hash256 kDomain = base::domain_separator(base::Domain{1337, address_of(0x55)});
constexpr base::Amount kDeposit = base::Amount::btt(10'000'000);

/// What cannot fail here ends the simulation when it does.
template <typename T>
T must(base::Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "simulation: %s: %s\n", result.error().code.c_str(), result.error().message.c_str());
    std::abort();
  }
  return std::move(*result);
}

}  // namespace

double Line::carry(double from, std::uint64_t bytes) {
  free_at = std::max(from, free_at) + static_cast<double>(bytes) / bytes_per_second;
  return free_at;
}

SimRelay::SimRelay(base::SecretKey secret, std::uint64_t cache_bytes)
    : key(std::move(secret)),
      ledger(kDomain, key.address(), key.address(), kToken, channels::CreditRules{}),
      cache(std::make_unique<relay::ChunkMemory>(cache_bytes / kScale)),
      tariff(pricing::Tariff::standard()) {}

SimClient::SimClient(base::SecretKey secret) : key(std::move(secret)), ledger(kDomain) {}

base::ChannelId channel_between(SimClient& client, SimRelay& relay, std::uint32_t number) {
  const auto known = client.channels.find(number);
  if (known != client.channels.end()) return known->second;
  channels::ChannelConfig config;
  config.payer = config.payer_authorizer = client.key.address();
  config.receiver = config.receiver_authorizer = relay.key.address();
  config.token = kToken;
  const auto id = channels::channel_id(kDomain, config);
  client.ledger.apply(must(client.ledger.open("ferry://relay", config, kDeposit, base::Bytes{1})));
  client.ledger.apply(must(client.ledger.sync(id, kDeposit, {}, false)));
  channels::ChainChannel chain;
  chain.balance = kDeposit;
  relay.ledger.apply(must(relay.ledger.open(config, chain)));
  client.channels.emplace(number, id);
  return id;
}

void promise(SimClient& client, SimRelay& relay, const base::ChannelId& channel, base::Amount ahead) {
  const auto step = must(client.ledger.next_ceiling(channel, ahead, ahead));
  if (!step) return;
  if (step->reserve) client.ledger.apply(*step->reserve);
  const auto voucher = channels::sign_voucher(kDomain, channel, step->ceiling, client.key);
  client.ledger.signed_up_to(channel, step->ceiling);
  relay.ledger.apply(must(relay.ledger.check_voucher(voucher, client.ledger.find(channel)->confirmed)));
}

}  // namespace ferry::simulation
