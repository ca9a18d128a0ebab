#pragma once
// FakeChain: the rules of the channel contract that matter to the two ledgers, in memory. What it pays out is the truth that both sides' books
// are compared with at the end of a run.

#include <doctest/doctest.h>

#include <span>
#include <unordered_map>

#include "channels/channel_config.hpp"
#include "channels/relay_ledger.hpp"
#include "tests/unit/channels/parties.hpp"

namespace ferry::channels::test {

class FakeChain {
 public:
  ChainChannel read(const base::ChannelId& channel) const {
    const auto it = channels_.find(channel);
    return it == channels_.end() ? ChainChannel{} : it->second;
  }

  void deposit(const base::ChannelId& channel, base::Amount amount) {
    ChainChannel& stored = channels_[channel];
    if (!stored.closed) stored.balance = stored.balance.plus(amount).value();
  }

  /// Every row must be one that the contract would accept; the total of a row that brings nothing is skipped.
  void claim(std::span<const ClaimRow> rows) {
    for (const ClaimRow& row : rows) {
      const base::ChannelId channel = channel_id(kDomain, row.config);
      ChainChannel& stored = channels_.at(channel);
      const auto digest = voucher_digest(kDomain, channel, row.ceiling);
      REQUIRE(base::check_signature(digest, row.voucher_signature, row.config.payer_authorizer).has_value());
      REQUIRE(row.total_claimed <= row.ceiling);
      REQUIRE(row.total_claimed <= stored.balance);
      stored.total_claimed = std::max(stored.total_claimed, row.total_claimed);
    }
  }

  void initiate_withdraw(const base::ChannelId& channel, base::Amount amount) {
    ChainChannel& stored = channels_.at(channel);
    if (stored.pending_withdraw.is_zero()) stored.pending_withdraw = std::min(amount, unclaimed(stored));
  }

  /// The delay is over. A channel that this empties stays closed.
  void finalize_withdraw(const base::ChannelId& channel) {
    ChainChannel& stored = channels_.at(channel);
    const base::Amount amount = std::min(stored.pending_withdraw, unclaimed(stored));
    stored.balance = stored.balance.minus(amount).value();
    stored.pending_withdraw = {};
    stored.closed = unclaimed(stored).is_zero();
  }

  std::uint64_t refund_nonce(const base::ChannelId& channel) const {
    const auto it = refund_nonces_.find(channel);
    return it == refund_nonces_.end() ? 0 : it->second;
  }

  /// The payer brings a signed refund; false: the contract does not take it.
  bool refund(const RefundRecord& signed_refund) {
    if (signed_refund.nonce != refund_nonce(signed_refund.channel)) return false;
    ++refund_nonces_[signed_refund.channel];
    ChainChannel& stored = channels_.at(signed_refund.channel);
    const base::Amount amount = std::min(signed_refund.amount, unclaimed(stored));
    if (amount.is_zero()) return true;
    stored.balance = stored.balance.minus(amount).value();
    stored.pending_withdraw = stored.pending_withdraw.minus_floored(amount);
    stored.closed = unclaimed(stored).is_zero();
    if (stored.closed) stored.pending_withdraw = {};
    return true;
  }

 private:
  static base::Amount unclaimed(const ChainChannel& channel) { return channel.balance.minus(channel.total_claimed).value(); }

  std::unordered_map<base::ChannelId, ChainChannel, base::Bytes32Hasher> channels_;
  std::unordered_map<base::ChannelId, std::uint64_t, base::Bytes32Hasher> refund_nonces_;
};

}  // namespace ferry::channels::test
