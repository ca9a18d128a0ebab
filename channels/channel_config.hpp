#pragma once
// ChannelConfig and the typed data of x402's batch-settlement scheme: channel ids, vouchers, claim batches, refunds. What is signed here can be
// paid out by a deployed contract. Pure. Source: x402 scheme batch-settlement (EVM), EIP-712, TIP-712.

#include <cstdint>
#include <span>
#include <vector>

#include "protocol/base/address.hpp"
#include "protocol/base/amount.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/base/key.hpp"
#include "protocol/base/result.hpp"

namespace ferry::channels {

inline constexpr std::uint64_t kMinWithdrawDelay = 900;         ///< seconds
inline constexpr std::uint64_t kMaxWithdrawDelay = 2'592'000;   ///< seconds
inline constexpr std::uint64_t kDefaultWithdrawDelay = 86'400;  ///< seconds

/// The seven fields whose digest is the channel id. Never changes; a new epoch is a new salt.
struct ChannelConfig {
  static constexpr std::size_t kPackedBytes = 20 * 5 + 5 + 32;

  base::Address payer;                ///< whose money; withdrawals go here
  base::Address payer_authorizer;     ///< the device's session key, which signs vouchers; never zero
  base::Address receiver;             ///< the relay's beneficiary
  base::Address receiver_authorizer;  ///< the relay's identity key, which signs claims
  base::Address token;
  std::uint64_t withdraw_delay = kDefaultWithdrawDelay;  ///< seconds, 40 bits
  base::Salt salt;

  friend bool operator==(const ChannelConfig&, const ChannelConfig&) = default;
};

/// Refusals "channel_authorizer" (zero), "channel_delay" (outside the allowed range), "channel_receiver" (zero).
base::Result<void> check(const ChannelConfig& config);

/// Fixed layout: the five addresses, the delay as 5 bytes big-endian, the salt.
base::Bytes pack(const ChannelConfig& config);
base::Result<ChannelConfig> unpack_channel_config(base::ByteView bytes);

/// keccak256(0x1901 ‖ domain ‖ hashStruct(ChannelConfig)).
base::ChannelId channel_id(const base::Hash256& domain_separator, const ChannelConfig& config);

/// A signed cumulative promise: the receiver may claim up to `ceiling` in all. Replaced by any higher one.
struct Voucher {
  base::ChannelId channel;
  base::Amount ceiling;
  base::Signature signature;

  friend bool operator==(const Voucher&, const Voucher&) = default;
};

base::Digest voucher_digest(const base::Hash256& domain_separator, const base::ChannelId& channel, base::Amount ceiling);
Voucher sign_voucher(const base::Hash256& domain_separator, const base::ChannelId& channel, base::Amount ceiling,
                     const base::SecretKey& payer_authorizer);

/// One row of a claim: the relay takes `total_claimed` (cumulative) of what the voucher allows.
struct ClaimRow {
  ChannelConfig config;
  base::Amount ceiling;
  base::Signature voucher_signature;
  base::Amount total_claimed;
};
base::Digest claim_batch_digest(const base::Hash256& domain_separator, std::span<const ClaimRow> rows);

/// Cooperative close by the receiver.
base::Digest refund_digest(const base::Hash256& domain_separator, const base::ChannelId& channel, std::uint64_t nonce, base::Amount amount);

}  // namespace ferry::channels
