#include "channels/channel_config.hpp"

#include <algorithm>

#include "protocol/base/hash.hpp"
#include "protocol/base/typed_data.hpp"

namespace ferry::channels {
namespace {

using base::Amount;
using base::ByteView;
using base::Hash256;
using base::Result;
using base::StructHash;

constexpr std::size_t kDelayBytes = 5;

const Hash256& config_type() {
  static const Hash256 type = base::type_hash(
      "ChannelConfig(address payer,address payerAuthorizer,address receiver,address receiverAuthorizer,address token,uint40 withdrawDelay,"
      "bytes32 salt)");
  return type;
}

const Hash256& voucher_type() {
  static const Hash256 type = base::type_hash("Voucher(bytes32 channelId,uint128 maxClaimableAmount)");
  return type;
}

const Hash256& claim_batch_type() {
  static const Hash256 type = base::type_hash(
      "ClaimBatch(ClaimEntry[] claims)ClaimEntry(bytes32 channelId,uint128 maxClaimableAmount,uint128 totalClaimed)");
  return type;
}

const Hash256& claim_entry_type() {
  static const Hash256 type = base::type_hash("ClaimEntry(bytes32 channelId,uint128 maxClaimableAmount,uint128 totalClaimed)");
  return type;
}

const Hash256& refund_type() {
  static const Hash256 type = base::type_hash("Refund(bytes32 channelId,uint256 nonce,uint128 amount)");
  return type;
}

void append(base::Bytes& out, ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

}  // namespace

Result<void> check(const ChannelConfig& config) {
  if (config.payer_authorizer.is_zero()) {
    return base::fail(base::refusal("channel_authorizer", "the channel names no key that signs its vouchers: open one with a session key"));
  }
  if (config.receiver.is_zero() || config.receiver_authorizer.is_zero()) {
    return base::fail(base::refusal("channel_receiver", "the channel names nobody who is paid"));
  }
  if (config.withdraw_delay < kMinWithdrawDelay || config.withdraw_delay > kMaxWithdrawDelay) {
    return base::fail(base::refusal("channel_delay", "the withdraw delay must be from " + std::to_string(kMinWithdrawDelay) + " to " +
                                                         std::to_string(kMaxWithdrawDelay) + " seconds"));
  }
  return {};
}

base::Bytes pack(const ChannelConfig& config) {
  base::Bytes out;
  out.reserve(ChannelConfig::kPackedBytes);
  for (const auto* address : {&config.payer, &config.payer_authorizer, &config.receiver, &config.receiver_authorizer, &config.token}) {
    append(out, address->view());
  }
  for (std::size_t i = kDelayBytes; i-- > 0;) out.push_back(static_cast<std::uint8_t>(config.withdraw_delay >> (8 * i)));
  append(out, config.salt.view());
  return out;
}

Result<ChannelConfig> unpack_channel_config(ByteView bytes) {
  if (bytes.size() != ChannelConfig::kPackedBytes) {
    return base::fail(base::peer_fault("channel_config_length", "a channel's configuration takes " +
                                                                    std::to_string(ChannelConfig::kPackedBytes) + " bytes"));
  }
  ChannelConfig config;
  const auto take = [&bytes](std::size_t count) {
    const ByteView head = bytes.first(count);
    bytes = bytes.subspan(count);
    return head;
  };
  for (auto* address : {&config.payer, &config.payer_authorizer, &config.receiver, &config.receiver_authorizer, &config.token}) {
    std::ranges::copy(take(address->data.size()), address->data.begin());
  }
  config.withdraw_delay = 0;
  for (const std::uint8_t byte : take(kDelayBytes)) config.withdraw_delay = (config.withdraw_delay << 8U) | byte;
  std::ranges::copy(take(config.salt.data.size()), config.salt.data.begin());
  return config;
}

base::ChannelId channel_id(const Hash256& domain_separator, const ChannelConfig& config) {
  const Hash256 hash = StructHash(config_type())
                           .address(config.payer)
                           .address(config.payer_authorizer)
                           .address(config.receiver)
                           .address(config.receiver_authorizer)
                           .address(config.token)
                           .number(config.withdraw_delay)
                           .word(config.salt.view())
                           .finish();
  return base::ChannelId{base::typed_digest(domain_separator, hash).data};
}

base::Digest voucher_digest(const Hash256& domain_separator, const base::ChannelId& channel, Amount ceiling) {
  return base::typed_digest(domain_separator, StructHash(voucher_type()).word(channel.view()).amount(ceiling).finish());
}

Voucher sign_voucher(const Hash256& domain_separator, const base::ChannelId& channel, Amount ceiling,
                     const base::SecretKey& payer_authorizer) {
  return Voucher{channel, ceiling, payer_authorizer.sign(voucher_digest(domain_separator, channel, ceiling))};
}

base::Digest claim_batch_digest(const Hash256& domain_separator, std::span<const ClaimRow> rows) {
  base::Bytes entries;
  entries.reserve(rows.size() * Hash256::size());
  for (const ClaimRow& row : rows) {
    const auto id = channel_id(domain_separator, row.config);
    append(entries,
           StructHash(claim_entry_type()).word(id.view()).amount(row.ceiling).amount(row.total_claimed).finish().view());
  }
  const Hash256 list = base::keccak256(entries);
  return base::typed_digest(domain_separator, StructHash(claim_batch_type()).word(list.view()).finish());
}

base::Digest refund_digest(const Hash256& domain_separator, const base::ChannelId& channel, std::uint64_t nonce, Amount amount) {
  return base::typed_digest(domain_separator, StructHash(refund_type()).word(channel.view()).number(nonce).amount(amount).finish());
}

}  // namespace ferry::channels
