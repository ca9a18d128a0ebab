#include "tests/bench/bench_channel.hpp"

#include "channels/chain/remote_ledger.hpp"
#include "protocol/base/hash.hpp"
#include "protocol/base/typed_data.hpp"

namespace ferry::bench {

using base::Amount;
using base::Result;

namespace {

template <typename T>
Result<T> value_of(chain::Outcome<T> outcome) {
  if (outcome.is_ok()) return std::move(*outcome.value);
  return base::fail(outcome.error ? std::move(*outcome.error) : base::environment("ledger", "the ledger gave no answer"));
}

Result<void> fund(chain::RemoteLedger& ledger, const base::Address& account) {
  FERRY_TRY(const auto balance, value_of(ledger.balance_of(account)));
  if (balance >= BenchChannel::kDeposit) return {};
  FERRY_TRY(const auto challenge, value_of(ledger.challenge(account)));
  FERRY_TRY(const auto proof, chain::solve(challenge, [] { return false; }));
  FERRY_CHECK(value_of(ledger.redeem(proof)));
  return {};
}

}  // namespace

base::SecretKey bench_key(std::uint32_t number) {
  const auto seed = base::sha256(base::bytes_of("ferry bench payer " + std::to_string(number)));
  return *base::SecretKey::from_bytes(seed.view());
}

Result<BenchChannel> BenchChannel::open(const wire::Welcome& welcome, const base::SecretKey& key, const chain::LedgerTransport& ledger) {
  const base::Domain domain{welcome.chain_id, welcome.contract};
  BenchChannel channel;
  channel.domain_separator_ = base::domain_separator(domain);
  auto& config = channel.config_;
  config.payer = config.payer_authorizer = key.address();
  config.receiver = welcome.receiver;
  config.receiver_authorizer = welcome.relay;
  config.token = welcome.token;
  config.withdraw_delay = welcome.withdraw_delay;
  channel.id_ = channels::channel_id(channel.domain_separator_, config);

  chain::RemoteLedger remote(ledger, domain);
  FERRY_TRY(const auto on_chain, value_of(remote.read_channel(channel.id_)));
  if (!on_chain.balance.is_zero()) return channel;
  FERRY_CHECK(fund(remote, key.address()));
  FERRY_TRY(const auto deposit, value_of(remote.prepare(chain::Deposit{config, kDeposit}, key)));
  FERRY_TRY(const auto receipt, value_of(remote.submit(deposit)));
  if (!receipt.succeeded) return base::fail(base::refusal("deposit", "the ledger refused the deposit: " + receipt.reason));
  return channel;
}

wire::OpenChannel BenchChannel::open_message() const { return wire::OpenChannel{channels::pack(config_), confirmed_}; }

Result<void> BenchChannel::resume(const wire::ChannelState& state) {
  if (!state.open) return base::fail(base::refusal(state.code, "the relay does not take the channel: " + state.message));
  confirmed_ = state.charged;
  ceiling_ = state.ceiling;
  return {};
}

std::optional<wire::VoucherMessage> BenchChannel::promise_ahead(Amount ahead, const base::SecretKey& key) {
  const auto half = Amount::from_units(ahead.units() / 2);
  const bool owes = confirmed_ > ceiling_;
  if (!owes && ceiling_.minus_floored(confirmed_) >= half) return std::nullopt;
  return promise(confirmed_.plus_saturated(ahead), key);
}

wire::VoucherMessage BenchChannel::promise(Amount ceiling, const base::SecretKey& key) {
  ceiling_ = ceiling;
  const auto voucher = channels::sign_voucher(domain_separator_, id_, ceiling, key);
  return wire::VoucherMessage{id_, ceiling, voucher.signature, confirmed_};
}

}  // namespace ferry::bench
