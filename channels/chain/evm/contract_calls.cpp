#include "channels/chain/evm/contract_calls.hpp"

#include <algorithm>
#include <string_view>
#include <variant>

namespace ferry::chain::evm {
namespace {

using base::Address;
using base::Amount;
using base::ByteView;
using base::Result;
using channels::ChannelConfig;
using channels::ClaimRow;

#define FERRY_CONFIG "(address,address,address,address,address,uint40,bytes32)"
#define FERRY_CLAIM "((" FERRY_CONFIG ",uint128),bytes,uint128)"

constexpr std::string_view kApprove = "approve(address,uint256)";

AbiWriter config_words(const ChannelConfig& config) {
  AbiWriter out;
  out.address(config.payer).address(config.payer_authorizer).address(config.receiver).address(config.receiver_authorizer);
  return out.address(config.token).number(config.withdraw_delay).word(config.salt.view());
}

AbiWriter row_words(const ClaimRow& row) {
  constexpr std::size_t kHead = 10 * kWord;  // config, ceiling, where the signature is, total
  AbiWriter out = config_words(row.config);
  return out.amount(row.ceiling).number(kHead).amount(row.total_claimed).text(row.voucher_signature.view());
}

AbiWriter rows_words(const std::vector<ClaimRow>& rows) {
  AbiWriter places, contents;
  for (const auto& row : rows) {
    places.number(rows.size() * kWord + contents.size());
    contents.append(row_words(row));
  }
  AbiWriter out;
  return out.number(rows.size()).append(places).append(contents);
}

bool is_receiver_side(const Address& who, const ClaimRow& row) {
  return who == row.config.receiver || who == row.config.receiver_authorizer;
}

struct DataOf {
  const Address& from;
  const Deployment& at;

  base::Bytes operator()(const Deposit& deposit) const {
    if (at.token_is_native) return AbiWriter("openNative(" FERRY_CONFIG ")").append(config_words(deposit.config)).finish();
    return AbiWriter("depositFrom(" FERRY_CONFIG ",uint128)").append(config_words(deposit.config)).amount(deposit.amount).finish();
  }
  base::Bytes operator()(const Claim& claim) const {
    const auto rows = rows_words(claim.rows);
    const bool ours = std::ranges::all_of(claim.rows, [&](const ClaimRow& row) { return is_receiver_side(from, row); });
    if (ours || !claim.batch_signature) return AbiWriter("claim(" FERRY_CLAIM "[])").number(kWord).append(rows).finish();
    AbiWriter out("claimWithSignature(" FERRY_CLAIM "[],bytes)");
    return out.number(2 * kWord).number(2 * kWord + rows.size()).append(rows).text(claim.batch_signature->view()).finish();
  }
  base::Bytes operator()(const Settle& settle) const {
    return AbiWriter("settle(address,address)").address(settle.receiver).address(settle.token).finish();
  }
  base::Bytes operator()(const InitiateWithdraw& withdraw) const {
    return AbiWriter("initiateWithdraw(" FERRY_CONFIG ",uint128)").append(config_words(withdraw.config)).amount(withdraw.amount).finish();
  }
  base::Bytes operator()(const FinalizeWithdraw& withdraw) const {
    return AbiWriter("finalizeWithdraw(" FERRY_CONFIG ")").append(config_words(withdraw.config)).finish();
  }
  base::Bytes operator()(const Refund& refund) const {
    return AbiWriter("refund(" FERRY_CONFIG ",uint128)").append(config_words(refund.config)).amount(refund.amount).finish();
  }
  base::Bytes operator()(const RefundBySignature& refund) const {
    constexpr std::size_t kHead = 10 * kWord;  // config, amount, nonce, where the signature is
    AbiWriter out("refundWithSignature(" FERRY_CONFIG ",uint128,uint256,bytes)");
    return out.append(config_words(refund.config)).amount(refund.amount).number(refund.nonce).number(kHead).text(refund.signature.view()).finish();
  }
  base::Bytes operator()(const Transfer& transfer) const {
    if (at.token_is_native) return {};
    return AbiWriter("transfer(address,uint256)").address(transfer.to).amount(transfer.amount).finish();
  }
};

#undef FERRY_CLAIM
#undef FERRY_CONFIG

}  // namespace

Call call_for(const Action& action, const Address& from, const Deployment& at) {
  Call call{at.contract, Amount::zero(), std::visit(DataOf{from, at}, action)};
  if (const auto* deposit = std::get_if<Deposit>(&action); deposit != nullptr && at.token_is_native) call.value = deposit->amount;
  if (const auto* transfer = std::get_if<Transfer>(&action)) {
    call.to = at.token_is_native ? transfer->to : at.token;
    if (at.token_is_native) call.value = transfer->amount;
  }
  return call;
}

Call approve_call(const Address& token, const Address& spender, Amount amount) {
  return {token, {}, AbiWriter(kApprove).address(spender).amount(amount).finish()};
}

bool is_approve(const Call& call, const Address& token) {
  const auto selector = selector_of(kApprove);
  return call.to == token && call.data.size() >= selector.size() && std::equal(selector.begin(), selector.end(), call.data.begin());
}

Call allowance_call(const Address& token, const Address& owner, const Address& spender) {
  return {token, {}, AbiWriter("allowance(address,address)").address(owner).address(spender).finish()};
}

Call token_balance_call(const Address& token, const Address& account) {
  return {token, {}, AbiWriter("balanceOf(address)").address(account).finish()};
}

Call native_token_call(const Address& contract) { return {contract, {}, AbiWriter("nativeToken()").finish()}; }

Call channel_state_call(const Address& contract, const base::ChannelId& channel) {
  return {contract, {}, AbiWriter("channelState(bytes32)").word(channel.view()).finish()};
}

Call refund_nonce_call(const Address& contract, const base::ChannelId& channel) {
  return {contract, {}, AbiWriter("refundNonce(bytes32)").word(channel.view()).finish()};
}

Call receivers_call(const Address& contract, const Address& receiver, const Address& token) {
  return {contract, {}, AbiWriter("receivers(address,address)").address(receiver).address(token).finish()};
}

Call voucher_digest_call(const Address& contract, const base::ChannelId& channel, Amount ceiling) {
  return {contract, {}, AbiWriter("getVoucherDigest(bytes32,uint128)").word(channel.view()).amount(ceiling).finish()};
}

Result<channels::ChainChannel> read_channel_state(ByteView answer) {
  constexpr std::uint64_t kMaxSeconds = std::uint64_t{1} << 40U;  // the contract's times have 40 bits
  AbiReader in{answer};
  channels::ChainChannel channel;
  channel.balance = in.amount();
  channel.total_claimed = in.amount();
  channel.pending_withdraw = in.amount();
  const auto finalize_after = in.number();
  channel.closed = in.boolean();
  FERRY_CHECK(in.finish());
  if (finalize_after >= kMaxSeconds || channel.total_claimed > channel.balance) {
    return base::fail(base::peer_fault("abi", "the contract says of a channel what no channel can be: is this the channel contract?"));
  }
  channel.withdraw_at = base::Time::from_seconds(static_cast<std::int64_t>(finalize_after));
  return channel;
}

Result<std::uint64_t> read_refund_nonce(ByteView answer) {
  AbiReader in{answer};
  const auto nonce = in.number();
  FERRY_CHECK(in.finish());
  return nonce;
}

Result<Earnings> read_receivers(ByteView answer) {
  AbiReader in{answer};
  Earnings earnings;
  earnings.claimed = in.amount();
  earnings.settled = in.amount();
  FERRY_CHECK(in.finish());
  if (earnings.settled > earnings.claimed) return base::fail(base::peer_fault("abi", "the contract says that more was settled than claimed"));
  return earnings;
}

Result<Address> read_address(ByteView answer) {
  AbiReader in{answer};
  const auto address = in.address();
  FERRY_CHECK(in.finish());
  return address;
}

Result<base::Digest> read_digest(ByteView answer) {
  AbiReader in{answer};
  const auto digest = in.bytes32<base::Digest>();
  FERRY_CHECK(in.finish());
  return digest;
}

Result<Amount> read_token_amount(ByteView answer) {
  AbiReader in{answer};
  const auto amount = in.amount_or_most();
  FERRY_CHECK(in.finish());
  return amount;
}

}  // namespace ferry::chain::evm
