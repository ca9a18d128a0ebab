// How records become the payer's state, and the records that rebuild it.

#include <algorithm>
#include <string>
#include <utility>

#include "channels/invariant.hpp"
#include "channels/payer_ledger.hpp"
#include "protocol/base/hash.hpp"

namespace ferry::channels {
namespace {

using base::Amount;
using base::ChannelId;
using base::Result;

base::Unexpected not_of_this_wallet(const std::string& why) {
  return base::fail(base::environment("journal_record", "the wallet's journal holds a record that does not fit: " + why +
                                                            "; use the data directory that belongs to this ledger"));
}

bool is_about(const base::Bytes& raw, const base::Hash256& transaction) { return !raw.empty() && base::keccak256(base::ByteView{raw}) == transaction; }

/// What outbid a transaction goes with it.
void forget_bids(PayerChannel& channel) {
  std::erase_if(channel.bids, [&channel](const PayerBid& bid) {
    return !is_about(channel.raw_transaction, bid.first) && !is_about(channel.withdrawal, bid.first);
  });
}

}  // namespace

void PayerLedger::apply(const Record& record) {
  std::visit(
      [this](const auto& r) {
        if constexpr (requires { take(r); }) take(r);
        else invariant_broken("a record of another ledger or of a snapshot was applied");
      },
      record);
}

void PayerLedger::take(const PayerOpenRecord& record) {
  PayerChannel& channel = channels_[channel_id(domain_separator_, record.config)];
  channel.config = record.config;
  channel.relay = record.relay;
  channel.raw_transaction = record.raw_transaction;
  channel.deposit = record.deposit;
  forget_bids(channel);
}

void PayerLedger::take(const PayerChainRecord& record) {
  PayerChannel& channel = known(record.channel);
  if (record.balance > channel.balance) channel.raw_transaction.clear();
  forget_bids(channel);
  // What a lagging node says about the past is held within what is known: claimed never falls, and lies within the balance.
  channel.total_claimed = std::max(channel.total_claimed, record.total_claimed);
  channel.balance = std::max(record.balance, channel.total_claimed);
  channel.highest_balance = std::max(channel.highest_balance, channel.balance);
  channel.closed = channel.closed || record.closed;
  // Only a voucher of ours can have been claimed: a wallet that was set back learns here what it once signed.
  channel.reserved_ceiling = std::max(channel.reserved_ceiling, channel.total_claimed);
  channel.signed_ceiling = std::max(channel.signed_ceiling, channel.total_claimed);
  check_invariants(channel);
}

void PayerLedger::take(const ReserveCeilingRecord& record) {
  PayerChannel& channel = known(record.channel);
  channel.reserved_ceiling = std::max(channel.reserved_ceiling, record.reserved_ceiling);
  check_invariants(channel);
}

void PayerLedger::take(const DeliveredRecord& record) {
  PayerChannel& channel = known(record.channel);
  channel.confirmed = checked_sum(channel.confirmed, record.charge);
  require(channel.confirmed == record.confirmed_after, "deliveries were applied out of order");
  check_invariants(channel);
}

void PayerLedger::take(const AdoptedRecord& record) {
  PayerChannel& channel = known(record.channel);
  channel.confirmed = checked_sum(channel.confirmed, record.amount);
  channel.adopted = checked_sum(channel.adopted, record.amount);
  require(channel.confirmed == record.confirmed_after, "a loss was adopted out of order");
  check_invariants(channel);
}

void PayerLedger::take(const PayerTransactionRecord& record) {
  PayerChannel& channel = known(record.channel);
  if (!record.raw.empty()) {
    channel.withdrawal = record.raw;
    forget_bids(channel);
    return;
  }
  if (record.transaction != channel.last_fee_of) channel.fees = channel.fees.plus_saturated(record.fee);
  channel.last_fee_of = record.transaction;
  if (is_about(channel.withdrawal, record.transaction)) channel.withdrawal.clear();
  if (record.failed && is_about(channel.raw_transaction, record.transaction)) channel.raw_transaction.clear();
  forget_bids(channel);
}

void PayerLedger::take(const PayerAlternativeRecord& record) {
  PayerChannel& channel = known(record.channel);
  channel.bids.push_back(PayerBid{record.first, record.raw});
  forget_bids(channel);
}

Result<void> PayerLedger::replay(base::ByteView bytes) {
  const auto record = unpack_record(bytes);
  if (!record) return not_of_this_wallet(record.error().message);
  return std::visit(
      [this](const auto& r) -> Result<void> {
        if constexpr (requires { replay_one(r); }) return replay_one(r);
        else return not_of_this_wallet("it belongs to a relay's journal");
      },
      *record);
}

Result<void> PayerLedger::replay_one(const PayerOpenRecord& record) {
  take(record);
  return {};
}

Result<void> PayerLedger::replay_one(const PayerChainRecord& record) {
  if (auto fits = sync(record.channel, record.balance, record.total_claimed, record.closed); !fits) return not_of_this_wallet(fits.error().message);
  take(record);
  return {};
}

Result<void> PayerLedger::replay_one(const ReserveCeilingRecord& record) {
  const PayerChannel* channel = find(record.channel);
  if (channel == nullptr) return not_of_this_wallet("a reserved ceiling comes before its channel");
  if (record.reserved_ceiling > channel->highest_balance) return not_of_this_wallet("more is reserved than was deposited");
  take(record);
  return {};
}

Result<void> PayerLedger::replay_one(const DeliveredRecord& record) {
  const PayerChannel* channel = find(record.channel);
  if (channel == nullptr) return not_of_this_wallet("a delivery comes before its channel");
  if (channel->recorded.plus(record.charge) != record.confirmed_after) return not_of_this_wallet("deliveries before this one are missing");
  known(record.channel).recorded = record.confirmed_after;
  take(record);
  return {};
}

Result<void> PayerLedger::replay_one(const AdoptedRecord& record) {
  const PayerChannel* channel = find(record.channel);
  if (channel == nullptr) return not_of_this_wallet("an adopted loss comes before its channel");
  if (channel->recorded.plus(record.amount) != record.confirmed_after) return not_of_this_wallet("deliveries before this loss are missing");
  known(record.channel).recorded = record.confirmed_after;
  take(record);
  return {};
}

Result<void> PayerLedger::replay_one(const PayerTransactionRecord& record) {
  if (find(record.channel) == nullptr) return not_of_this_wallet("a transaction comes before its channel");
  take(record);
  return {};
}

Result<void> PayerLedger::replay_one(const PayerAlternativeRecord& record) {
  if (find(record.channel) == nullptr) return not_of_this_wallet("a transaction is outbid before its channel");
  take(record);
  return {};
}

Result<void> PayerLedger::replay_one(const SignedRecord& record) {
  const PayerChannel* channel = find(record.channel);
  if (channel == nullptr) return not_of_this_wallet("a signed ceiling comes before its channel");
  const bool only_ceiling = record.confirmed.is_zero() && record.adopted.is_zero();
  const bool fits = (only_ceiling || channel->confirmed.is_zero()) && record.adopted <= record.confirmed && record.ceiling <= channel->reserved_ceiling;
  if (!fits) return not_of_this_wallet("a signed ceiling contradicts what came before it");
  PayerChannel& own = known(record.channel);
  own.signed_ceiling = std::max(own.signed_ceiling, record.ceiling);
  if (!only_ceiling) {
    own.confirmed = own.recorded = record.confirmed;
    own.adopted = record.adopted;
  }
  check_invariants(own);
  return {};
}

std::vector<base::Bytes> PayerLedger::snapshot() const {
  std::vector<ChannelId> ids;
  ids.reserve(channels_.size());
  for (const auto& entry : channels_) ids.push_back(entry.first);
  std::ranges::sort(ids);

  std::vector<base::Bytes> out;
  for (const ChannelId& id : ids) {
    const PayerChannel& channel = channels_.at(id);
    const auto opened = PayerOpenRecord{channel.relay, channel.config, channel.deposit, channel.raw_transaction};
    out.push_back(pack(opened));
    // The highest balance first: what was reserved and signed under it may be above today's.
    out.push_back(pack(PayerChainRecord{id, channel.highest_balance, channel.total_claimed, false}));
    out.push_back(pack(ReserveCeilingRecord{id, channel.reserved_ceiling}));
    out.push_back(pack(SignedRecord{id, channel.signed_ceiling, channel.confirmed, channel.adopted}));
    out.push_back(pack(PayerChainRecord{id, channel.balance, channel.total_claimed, channel.closed}));
    if (!channel.fees.is_zero()) out.push_back(pack(PayerTransactionRecord{id, channel.last_fee_of, {}, channel.fees, false}));
    if (!channel.withdrawal.empty()) out.push_back(pack(PayerTransactionRecord{id, {}, channel.withdrawal, {}, false}));
    if (!channel.raw_transaction.empty()) out.push_back(pack(opened));  // an unseen deposit outlives the balances above
    for (const auto& bid : channel.bids) out.push_back(pack(PayerAlternativeRecord{id, bid.first, bid.raw}));
  }
  return out;
}

}  // namespace ferry::channels
