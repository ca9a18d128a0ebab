#pragma once
// The people of the chain tests: keys that never change, channels between them, and vouchers and claims that they sign.

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "channels/chain/chain_backend.hpp"
#include "channels/channel_config.hpp"
#include "protocol/base/key.hpp"
#include "protocol/base/typed_data.hpp"

namespace ferry::chain::test {

using base::Address;
using base::Amount;
using base::SecretKey;

inline SecretKey key_of(std::uint8_t number) { return std::move(*SecretKey::from_bytes(base::Bytes(32, number))); }

inline base::Time at_seconds(std::int64_t seconds) { return base::Time::from_seconds(1'700'000'000 + seconds); }

/// A payer with its session key, and a relay with its cold beneficiary and its hot authorizer.
struct People {
  SecretKey payer = key_of(1);
  SecretKey session = key_of(2);
  SecretKey beneficiary = key_of(3);
  SecretKey relay = key_of(4);
  SecretKey stranger = key_of(5);
};

inline channels::ChannelConfig channel_between(const SecretKey& payer, const SecretKey& session, const SecretKey& beneficiary,
                                               const SecretKey& relay, const Address& token, std::uint8_t salt = 1) {
  channels::ChannelConfig config;
  config.payer = payer.address();
  config.payer_authorizer = session.address();
  config.receiver = beneficiary.address();
  config.receiver_authorizer = relay.address();
  config.token = token;
  config.withdraw_delay = 900;
  config.salt.data[31] = salt;
  return config;
}

inline channels::ChannelConfig channel_of(const People& people, const Address& token, std::uint8_t salt = 1) {
  return channel_between(people.payer, people.session, people.beneficiary, people.relay, token, salt);
}

inline channels::ClaimRow row_of(const base::Hash256& separator, const channels::ChannelConfig& config, const SecretKey& session, Amount ceiling,
                                 Amount total) {
  channels::ClaimRow row;
  row.config = config;
  row.ceiling = ceiling;
  row.total_claimed = total;
  row.voucher_signature = channels::sign_voucher(separator, channels::channel_id(separator, config), ceiling, session).signature;
  return row;
}

inline Amount units(std::uint64_t count) { return Amount::from_units(count); }

/// n - s and the other v: a signature that the curve accepts for the same digest and key, and Ferry does not.
inline base::Signature high_s_twin(const base::Signature& low) {
  const auto order = *base::from_hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
  base::Signature twin = low;
  int borrow = 0;
  for (std::size_t i = 32; i-- > 0;) {
    const int difference = order[i] - low.data[32 + i] - borrow;
    borrow = difference < 0 ? 1 : 0;
    twin.data[32 + i] = static_cast<std::uint8_t>(difference & 0xff);
  }
  twin.data[64] = low.data[64] == 27 ? 28 : 27;
  return twin;
}

}  // namespace ferry::chain::test
