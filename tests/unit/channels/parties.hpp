#pragma once
// The people of the channel tests: one payer, one relay and a stranger with fixed keys, a chain, and what they agree on.

#include <string>
#include <utility>

#include "channels/channel_config.hpp"
#include "channels/relay_ledger.hpp"
#include "protocol/base/typed_data.hpp"

namespace ferry::channels::test {

inline base::SecretKey key(std::uint8_t fill) {
  const base::Bytes secret(32, fill);
  return base::SecretKey::from_bytes(secret).value();
}

inline const base::SecretKey kPayer = key(1);
inline const base::SecretKey kRelay = key(2);
inline const base::SecretKey kStranger = key(3);

inline base::Amount units(base::Amount::Raw count) { return base::Amount::from_units(count); }

inline base::Address address(std::uint8_t fill) {
  base::Address out;
  out.data.fill(fill);
  return out;
}

inline const base::Address kToken = address(0x77);
inline const base::Hash256 kDomain = base::domain_separator(base::Domain{1337, address(0x55)});

/// A channel of a payer with the relay; `epoch` is in the salt.
inline ChannelConfig config_of(const base::SecretKey& payer, std::uint8_t epoch = 0) {
  ChannelConfig out;
  out.payer = out.payer_authorizer = payer.address();
  out.receiver = out.receiver_authorizer = kRelay.address();
  out.token = kToken;
  out.salt.data[31] = epoch;
  return out;
}

inline ChannelConfig config(std::uint8_t epoch = 0) { return config_of(kPayer, epoch); }

inline base::ChannelId id(std::uint8_t epoch = 0) { return channel_id(kDomain, config(epoch)); }

inline RelayLedger relay_ledger(CreditRules rules = {}) {
  return RelayLedger(kDomain, kRelay.address(), kRelay.address(), kToken, rules);
}

inline ChainChannel holding(base::Amount balance) {
  ChainChannel chain;
  chain.balance = balance;
  return chain;
}

/// Opens a channel in `ledger` as if the record were durable.
inline base::ChannelId open(RelayLedger& ledger, base::Amount balance, std::uint8_t epoch = 0) {
  ledger.apply(ledger.open(config(epoch), holding(balance)).value());
  return id(epoch);
}

/// A voucher of the payer takes effect.
inline void pay(RelayLedger& ledger, const base::ChannelId& channel, base::Amount ceiling, base::Amount confirmed = {}) {
  ledger.apply(ledger.check_voucher(sign_voucher(kDomain, channel, ceiling, kPayer), confirmed).value());
}

inline DeliveryKey chunk(std::uint64_t index) {
  DeliveryKey key;
  key.request.data.fill(0xAB);
  key.index = index;
  return key;
}

inline constexpr base::Time kNow = base::Time::from_seconds(1'700'000'000);

/// The error's code, or "ok".
template <typename T>
std::string code_of(const base::Result<T>& result) {
  return result ? "ok" : result.error().code;
}

}  // namespace ferry::channels::test
