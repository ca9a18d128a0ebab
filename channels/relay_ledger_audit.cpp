// The invariants of the relay's ledger, and the records that rebuild it.

#include <algorithm>
#include <string>
#include <utility>

#include "channels/invariant.hpp"
#include "channels/relay_ledger.hpp"

namespace ferry::channels {
namespace {

using base::Amount;
using base::ChannelId;
using base::Result;

Result<void> hold(bool holds, const char* what) {
  if (holds) return {};
  return base::fail(base::bug("ledger_invariant", what));
}

ChannelRecord facts_record(const ChannelId& id, const RelayChannel& channel) {
  const ChainChannel& chain = channel.chain;
  return {id, channel.config, chain.balance, chain.total_claimed, chain.pending_withdraw, chain.withdraw_at, chain.closed};
}

template <typename Map>
auto sorted_keys(const Map& map) {
  std::vector<typename Map::key_type> keys;
  keys.reserve(map.size());
  for (const auto& entry : map) keys.push_back(entry.first);
  std::ranges::sort(keys);
  return keys;
}

}  // namespace

Result<void> RelayLedger::audit_payer(const Payer& payer) const {
  return hold(exposure(payer, nullptr) <= payer.granted, "a payer owes more than the largest window it was granted");
}

Result<void> RelayLedger::audit_channel(const RelayChannel& channel) const {
  FERRY_CHECK(hold(channel.chain.total_claimed <= channel.charged, "more is claimed than was charged"));
  FERRY_CHECK(hold(channel.ceiling <= channel.highest_balance, "a voucher promises more than the channel ever held"));
  FERRY_CHECK(hold(channel.confirmed <= channel.charged, "more is confirmed than was charged"));
  FERRY_CHECK(hold(channel.ceiling.is_zero() || channel.ceiling_signature.has_value(), "a ceiling has no signature"));
  FERRY_CHECK(hold(!channel.refund || channel.reserved.is_zero(), "something is admitted on a channel that is being closed"));
  return audit_payer(payers_.at(channel.config.payer));
}

Result<void> RelayLedger::audit() const {
  for (const auto& [id, channel] : channels_) FERRY_CHECK(audit_channel(channel));
  return {};
}

void RelayLedger::check_invariants(const RelayChannel& channel) const {
  if (const auto sound = audit_channel(channel); !sound) invariant_broken(sound.error().message);
}

std::vector<base::Bytes> RelayLedger::snapshot() const {
  std::vector<base::Bytes> out;
  for (const auto& address : sorted_keys(payers_)) snapshot_payer(address, payers_.at(address), out);
  for (const auto& id : sorted_keys(transactions_)) {
    const auto& bids = transactions_.at(id).bids;
    out.push_back(pack(TransactionRecord{id, bids.front().raw, 0}));
    for (std::size_t i = 1; i < bids.size(); ++i) out.push_back(pack(AlternativeRecord{id, bids[i].id, bids[i].raw}));
  }
  if (account_ != AccountRecord{}) out.push_back(pack(account_));
  if (const auto gone = gone_with_left_out(); gone != GoneRecord{}) out.push_back(pack(gone));
  snapshot_place(out);
  return out;
}

GoneRecord RelayLedger::gone_with_left_out() const {
  GoneRecord gone = gone_;
  for (const auto& [id, channel] : channels_) {
    const auto& kept = payers_.at(channel.config.payer).channels;
    if (std::ranges::find(kept, id) != kept.end()) continue;
    gone.charged = gone.charged.plus_saturated(channel.charged);
    gone.promised = gone.promised.plus_saturated(channel.ceiling);
    gone.claimed = gone.claimed.plus_saturated(channel.chain.total_claimed);
    gone.lost = gone.lost.plus_saturated(channel.lost());
  }
  return gone;
}

void RelayLedger::snapshot_payer(const base::Address& address, const Payer& payer, std::vector<base::Bytes>& out) const {
  // Once before the channels, whose debt it bounds, and once after, since replaying them counts as paying.
  const base::Bytes credit = pack(credit_record(address, payer));
  out.push_back(credit);
  std::vector<ChannelId> ids = payer.channels;
  std::ranges::sort(ids);
  for (const ChannelId& id : ids) snapshot_channel(id, channels_.at(id), out);
  out.push_back(credit);
}

void RelayLedger::snapshot_channel(const ChannelId& id, const RelayChannel& channel, std::vector<base::Bytes>& out) const {
  const ChainChannel& chain = channel.chain;
  out.push_back(pack(ChannelRecord{id, channel.config, channel.highest_balance, chain.total_claimed, Amount{}, base::Time{}, false}));
  if (channel.ceiling_signature) out.push_back(pack(VoucherRecord{id, channel.ceiling, *channel.ceiling_signature, Amount{}}));
  out.push_back(pack(ChargedRecord{id, channel.charged, channel.confirmed}));
  if (channel.unclaimed_since != base::Time{}) out.push_back(pack(UnclaimedRecord{id, channel.unclaimed_since}));
  if (const auto recent = recent_.find(id); recent != recent_.end()) {
    for (const auto& delivery : recent->second.list()) {
      out.push_back(pack(RecentRecord{id, delivery.key.request, delivery.key.index, delivery.charge, delivery.charged_after, delivery.at}));
    }
  }
  out.push_back(pack(facts_record(id, channel)));
  if (channel.refund) out.push_back(pack(RefundRecord{id, channel.refund->nonce, channel.refund->amount}));
}

std::vector<ChannelId> RelayLedger::to_read_again() const {
  std::vector<ChannelId> ids;
  for (const auto& [id, channel] : channels_) {
    const bool too_late = channel.read_in + 1 >= places_;
    if (channel.status == ChannelStatus::draining || (channel.status == ChannelStatus::open && too_late)) ids.push_back(id);
  }
  std::ranges::sort(ids);
  return ids;
}

void RelayLedger::snapshot_place(std::vector<base::Bytes>& out) const {
  if (!place_) return;
  // Behind a place stand the channels that were read after it; so each grows old as it would have without a snapshot.
  const auto recent = to_read_again();
  for (const std::uint32_t noted : {places_ - 1, places_}) {
    out.push_back(pack(*place_));
    for (const auto& id : recent) {
      if (channels_.at(id).read_in == noted) out.push_back(pack(facts_record(id, channels_.at(id))));
    }
  }
}

}  // namespace ferry::channels
