// Closing by agreement: what a relay gives back at once, so that it can still claim all that it has charged.

#include <algorithm>

#include "channels/relay_ledger.hpp"

namespace ferry::channels {
namespace {

using base::Amount;
using base::ChannelId;
using base::Result;

base::Unexpected refused(const char* code, std::string message) { return base::fail(base::refusal(code, std::move(message))); }

}  // namespace

Result<RefundRecord> RelayLedger::close(const ChannelId& id, const ChainChannel& chain, std::uint64_t nonce) {
  const auto it = channels_.find(id);
  if (it == channels_.end()) return refused("channel_unknown", "this relay does not know the channel: name it with its configuration first");
  RelayChannel& channel = it->second;
  if (channel.refund && nonce <= channel.refund->nonce) return RefundRecord{id, channel.refund->nonce, channel.refund->amount};
  if (channel.status == ChannelStatus::closed || chain.closed) return refused("channel_closed", "the channel was emptied and stays closed");
  if (!channel.reserved.is_zero()) return refused("channel_busy", "something is being delivered on the channel: end it, or ask again when it is over");
  if (!channel.debt().is_zero()) {
    return refused("close_owing", channel.charged.to_units_text() + " units were delivered and " + channel.covered().to_units_text() +
                                      " are promised: send a voucher for the rest first");
  }

  // The facts may have come here by two ways: of each the one that costs the relay nothing.
  const Amount claimed = std::max(chain.total_claimed, channel.chain.total_claimed);
  const Amount earned = std::max(channel.charged, claimed);
  const bool is_withdrawing = !chain.pending_withdraw.is_zero() || !channel.chain.pending_withdraw.is_zero();
  if (is_withdrawing && earned > claimed) {
    return refused("close_claims_first", "a withdrawal is pending, and the relay has not claimed yet what it earned: ask again in a minute");
  }
  const Amount amount = std::min(chain.balance, channel.chain.balance).minus_floored(earned);
  if (amount.is_zero()) return refused("close_nothing", "all that is in the channel was earned by the relay: there is nothing to give back");
  channel.refund = SignedRefund{nonce, amount};
  channel.status = ChannelStatus::draining;
  check_invariants(channel);
  return RefundRecord{id, nonce, amount};
}

}  // namespace ferry::channels
