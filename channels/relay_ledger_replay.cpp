// How records become state: apply() for what the live ledger made, replay() for what stands in a journal and may be anything.

#include <string>
#include <type_traits>
#include <utility>

#include "channels/invariant.hpp"
#include "channels/relay_ledger.hpp"

namespace ferry::channels {
namespace {

using base::Amount;
using base::ChannelId;
using base::Result;

base::Unexpected not_of_this_relay(const std::string& why) {
  return base::fail(base::environment("journal_record", "the journal holds a record that does not fit: " + why +
                                                            "; start with the data directory that belongs to this relay"));
}

ChannelStatus status_of(const RelayChannel& channel) {
  if (channel.chain.closed) return ChannelStatus::closed;
  return channel.chain.pending_withdraw.is_zero() && !channel.refund ? ChannelStatus::open : ChannelStatus::draining;
}

template <typename R>
constexpr bool kTakesEffectWhenMade = std::is_same_v<R, ChargeRecord> || std::is_same_v<R, CreditRecord> || std::is_same_v<R, RefundRecord>;

}  // namespace

void RelayLedger::apply(const Record& record) {
  std::visit(
      [this]<typename R>(const R& r) {
        if constexpr (requires { take(r); }) {
          take(r);
        } else {
          require(kTakesEffectWhenMade<R>, "a record of another ledger or of a snapshot was applied");
        }
      },
      record);
}

void RelayLedger::take(const ChannelRecord& record) {
  RelayChannel& channel = channels_[record.channel];
  const Amount paid_before = channel.paid();
  channel.config = record.config;
  const Amount claimed_before = channel.chain.total_claimed;
  // What a lagging node says about the past is held within what is known: claimed never falls, and lies within the balance.
  const Amount claimed = std::max(channel.chain.total_claimed, record.total_claimed);
  channel.chain = ChainChannel{std::max(record.balance, claimed), claimed, record.pending_withdraw, record.withdraw_at,
                               channel.chain.closed || record.closed};
  channel.status = status_of(channel);
  channel.read_in = places_;
  channel.highest_balance = std::max(channel.highest_balance, channel.chain.balance);
  // What a claim left over came, at the latest, with the last charge.
  if (claimed > claimed_before) channel.unclaimed_since = channel.charged > claimed ? channel.charged_at : base::Time{};
  const bool lost_past = channel.charged < channel.chain.total_claimed;
  channel.charged = std::max(channel.charged, channel.chain.total_claimed);
  count_paid(channel, paid_before);
  list_channel(record.channel, channel);
  // What was admitted as prepaid turns out to have been spent before the journal was lost: it is out, and counts as granted.
  Payer& payer = payer_of(channel);
  if (lost_past) payer.granted = std::max(payer.granted, exposure(payer, nullptr));
  check_invariants(channel);
}

void RelayLedger::list_channel(const ChannelId& id, const RelayChannel& channel) {
  auto& listed = payer_of(channel).channels;
  const auto it = std::ranges::find(listed, id);
  const bool owing = !channel.debt().is_zero() || !channel.reserved.is_zero();
  if (channel.status != ChannelStatus::closed || owing) {
    if (it == listed.end()) listed.push_back(id);
  } else if (it != listed.end()) {
    listed.erase(it);
  }
}

void RelayLedger::take(const VoucherRecord& record) {
  RelayChannel& channel = known(record.channel);
  const Amount paid_before = channel.paid();
  if (record.ceiling > channel.ceiling) {
    channel.ceiling = record.ceiling;
    channel.ceiling_signature = record.signature;
  }
  count_paid(channel, paid_before);
  confirm(record.channel, record.confirmed);
  check_invariants(channel);
}

void RelayLedger::take(const TransactionRecord& record) {
  if (record.state == 0) transactions_[record.id] = OwnTransaction{record.id, {{record.id, record.raw}}};
  else transactions_.erase(record.id);
}

void RelayLedger::take(const AlternativeRecord& record) {
  const auto it = transactions_.find(record.first);
  require(it != transactions_.end(), "a transaction is outbid that is not under way");
  it->second.bids.push_back({record.id, record.raw});
}

void RelayLedger::take(const AccountRecord& record) {
  transactions_.erase(record.transaction);
  account_ = record;
  account_.transaction = {};
}

void RelayLedger::take(const PlaceRecord& record) {
  place_ = record;
  ++places_;
}

Result<void> RelayLedger::replay(base::ByteView bytes) {
  const auto record = unpack_record(bytes);
  if (!record) return not_of_this_relay(record.error().message);
  return std::visit(
      [this](const auto& r) -> Result<void> {
        if constexpr (requires { replay_one(r); }) return replay_one(r);
        else return not_of_this_relay("it belongs to a client's journal");
      },
      *record);
}

Result<void> RelayLedger::replay_one(const ChannelRecord& record) {
  if (record.channel != channel_id(domain_separator_, record.config)) return not_of_this_relay("a channel lies on another chain or contract");
  const auto& config = record.config;
  if (config.receiver != receiver_ || config.receiver_authorizer != receiver_authorizer_ || config.token != token_) {
    return not_of_this_relay("a channel pays another relay or in another token");
  }
  if (record.balance > kMaxBalance || record.balance < record.total_claimed) return not_of_this_relay("a channel's balance cannot be true");
  take(record);
  return {};
}

Result<void> RelayLedger::replay_one(const VoucherRecord& record) {
  const RelayChannel* channel = find(record.channel);
  if (channel == nullptr) return not_of_this_relay("a voucher comes before its channel");
  if (record.ceiling > channel->highest_balance) return not_of_this_relay("a voucher is above its channel's balance");
  take(record);
  return {};
}

Result<void> RelayLedger::replay_one(const ChargeRecord& record) {
  if (find(record.channel) == nullptr) return not_of_this_relay("a charge comes before its channel");
  RelayChannel& channel = known(record.channel);
  Payer& payer = payer_of(channel);
  const Amount paid_before = channel.paid();
  // The chain may have shown a claim that was unknown here, which took effect after charges that stand behind it in the journal: they are
  // within, wholly or in part.
  const auto expected = channel.charged.plus(record.charge);
  const bool within_claimed = channel.charged == channel.chain.total_claimed && record.charged_after < expected;
  if (!expected || (record.charged_after != *expected && !within_claimed)) return not_of_this_relay("charges before this one are missing");
  channel.charged = std::max(channel.charged, record.charged_after);
  payer.granted = std::max(payer.granted, record.granted);
  payer.chunk_price = record.chunk_price;
  count_paid(channel, paid_before);
  recent_[record.channel].add(DeliveryKey{record.request, record.index}, record.charge, record.charged_after, record.at);
  if (channel.charged > channel.chain.total_claimed) note_charge(channel, record.at);
  if (auto sound = audit_channel(channel); !sound) return not_of_this_relay(sound.error().message);
  return {};
}

Result<void> RelayLedger::replay_one(const CreditRecord& record) {
  Payer& payer = payers_[record.payer];
  payer.credit = PayerCredit{std::min(record.chunks, rules_.max_chunks), record.windows_paid, record.paid, record.toward_next};
  payer.granted = std::max(payer.granted, record.granted);
  payer.chunk_price = record.chunk_price;
  return {};
}

Result<void> RelayLedger::replay_one(const TransactionRecord& record) {
  take(record);
  return {};
}

Result<void> RelayLedger::replay_one(const ChargedRecord& record) {
  if (find(record.channel) == nullptr) return not_of_this_relay("a sum comes before its channel");
  RelayChannel& channel = known(record.channel);
  const Amount paid_before = channel.paid();
  channel.charged = std::max(channel.charged, record.charged);
  count_paid(channel, paid_before);
  confirm(record.channel, record.confirmed);
  if (auto sound = audit_channel(channel); !sound) return not_of_this_relay(sound.error().message);
  return {};
}

Result<void> RelayLedger::replay_one(const RecentRecord& record) {
  if (find(record.channel) == nullptr) return not_of_this_relay("a delivery comes before its channel");
  recent_[record.channel].add(DeliveryKey{record.request, record.index}, record.charge, record.charged_after, record.at);
  return {};
}

Result<void> RelayLedger::replay_one(const AlternativeRecord& record) {
  if (!transactions_.contains(record.first)) return not_of_this_relay("a transaction is outbid that was never prepared");
  take(record);
  return {};
}

Result<void> RelayLedger::replay_one(const PlaceRecord& record) {
  take(record);
  return {};
}

Result<void> RelayLedger::replay_one(const AccountRecord& record) {
  if (record.fees < account_.fees || record.transactions < account_.transactions) return not_of_this_relay("the account's sums fall");
  take(record);
  return {};
}

Result<void> RelayLedger::replay_one(const GoneRecord& record) {
  gone_ = GoneRecord{gone_.charged.plus_saturated(record.charged), gone_.promised.plus_saturated(record.promised),
                     gone_.claimed.plus_saturated(record.claimed), gone_.lost.plus_saturated(record.lost)};
  return {};
}

Result<void> RelayLedger::replay_one(const RefundRecord& record) {
  if (find(record.channel) == nullptr) return not_of_this_relay("a refund comes before its channel");
  RelayChannel& channel = known(record.channel);
  if (record.amount > channel.highest_balance) return not_of_this_relay("a refund is above its channel's balance");
  if (channel.refund && record.nonce < channel.refund->nonce) return not_of_this_relay("refunds are out of order");
  channel.refund = SignedRefund{record.nonce, record.amount};
  channel.status = status_of(channel);
  return {};
}

Result<void> RelayLedger::replay_one(const UnclaimedRecord& record) {
  if (find(record.channel) == nullptr) return not_of_this_relay("an age comes before its channel");
  RelayChannel& channel = known(record.channel);
  channel.unclaimed_since = channel.charged_at = record.since;
  return {};
}

}  // namespace ferry::channels
