#include "channels/payer_ledger.hpp"

#include <algorithm>
#include <utility>

#include "channels/invariant.hpp"

namespace ferry::channels {
namespace {

using base::Amount;
using base::ChannelId;
using base::Result;

base::Unexpected unknown_to_wallet() {
  return base::fail(base::refusal("channel_unknown", "the wallet does not know this channel: open one, or restore the wallet's data"));
}

base::Unexpected closed_channel() {
  return base::fail(base::refusal("channel_closed", "the channel is closed and nothing is signed for it any more: open another"));
}

base::Unexpected forged(std::string what) {
  return base::fail(base::peer_fault("relay_view_forged", "the relay shows a ceiling that this wallet never signed: " + what +
                                                              "; use another relay, or restore the wallet's newest data"));
}

/// What is spoken for: signed, or owed and to be signed.
Amount spent(const PayerChannel& channel) { return std::max(channel.signed_ceiling, channel.recorded); }

Result<void> sound(const PayerChannel& channel) {
  const char* broken = nullptr;
  if (channel.adopted > channel.confirmed) broken = "more is adopted than is confirmed";
  if (channel.confirmed > channel.recorded) broken = "more is confirmed than was recorded";
  if (channel.signed_ceiling > channel.reserved_ceiling) broken = "more is signed than was reserved";
  if (channel.reserved_ceiling > channel.highest_balance) broken = "more is reserved than was deposited";
  if (broken == nullptr) return {};
  return base::fail(base::bug("ledger_invariant", broken));
}

}  // namespace

PayerLedger::PayerLedger(base::Hash256 domain_separator) : domain_separator_(domain_separator) {}

PayerChannel& PayerLedger::known(const ChannelId& channel) {
  const auto it = channels_.find(channel);
  require(it != channels_.end(), "a record names a channel that this wallet never opened");
  return it->second;
}

const PayerChannel* PayerLedger::find(const ChannelId& channel) const {
  const auto it = channels_.find(channel);
  return it == channels_.end() ? nullptr : &it->second;
}

void PayerLedger::check_invariants(const PayerChannel& channel) const {
  if (const auto result = sound(channel); !result) invariant_broken(result.error().message);
}

Result<void> PayerLedger::audit() const {
  for (const auto& [id, channel] : channels_) FERRY_CHECK(sound(channel));
  return {};
}

Result<Record> PayerLedger::open(std::string relay, const ChannelConfig& config, Amount deposit, base::Bytes raw_transaction) const {
  FERRY_CHECK(check(config));
  const PayerChannel* old = find(channel_id(domain_separator_, config));
  if (old != nullptr && old->closed) return closed_channel();
  if (raw_transaction.size() > kMaxRawTransactionBytes) {
    return base::fail(base::refusal("transaction_too_long", "the deposit's transaction does not fit the journal"));
  }
  if (relay.size() > kMaxRelayTextBytes) {
    return base::fail(base::refusal("relay_text_too_long", "the relay's reference does not fit the journal: use a shorter host name"));
  }
  return PayerOpenRecord{std::move(relay), config, deposit, std::move(raw_transaction)};
}

Result<Record> PayerLedger::withdrawing(const ChannelId& id, const base::Hash256& transaction, base::Bytes raw) const {
  if (find(id) == nullptr) return unknown_to_wallet();
  if (raw.size() > kMaxRawTransactionBytes) {
    return base::fail(base::refusal("transaction_too_long", "the withdrawal's transaction does not fit the journal"));
  }
  return PayerTransactionRecord{id, transaction, std::move(raw), {}, false};
}

Result<Record> PayerLedger::outbidding(const ChannelId& id, const base::Hash256& first, base::Bytes raw) const {
  if (find(id) == nullptr) return unknown_to_wallet();
  if (raw.size() > kMaxRawTransactionBytes) {
    return base::fail(base::refusal("transaction_too_long", "the transaction does not fit the journal"));
  }
  return PayerAlternativeRecord{id, first, std::move(raw)};
}

Result<Record> PayerLedger::fate_known(const ChannelId& id, const base::Hash256& transaction, Amount fee, bool failed) const {
  if (find(id) == nullptr) return unknown_to_wallet();
  return PayerTransactionRecord{id, transaction, {}, fee, failed};
}

Result<Record> PayerLedger::sync(const ChannelId& id, Amount balance, Amount total_claimed, bool closed) const {
  if (find(id) == nullptr) return unknown_to_wallet();
  if (total_claimed > balance) {
    return base::fail(base::environment("chain_inconsistent", "the chain's answer about a channel cannot be true: ask another node"));
  }
  return PayerChainRecord{id, balance, total_claimed, closed};
}

Result<void> PayerLedger::resume(const ChannelId& id, const RelayView& view) {
  if (find(id) == nullptr) return unknown_to_wallet();
  PayerChannel& channel = known(id);
  if (view.ceiling.is_zero()) {
    channel.sent_ceiling = {};
    return {};
  }
  if (!view.ceiling_signature) return forged("it bears no signature");
  const auto digest = voucher_digest(domain_separator_, id, view.ceiling);
  const auto genuine = base::check_signature(digest, *view.ceiling_signature, channel.config.payer_authorizer);
  if (!genuine) return forged(genuine.error().message);
  if (view.ceiling > channel.reserved_ceiling) {
    return base::fail(base::environment("wallet_outdated", "the relay shows a promise of this wallet that it does not remember: this is an older copy of its data directory; use the newest one"));
  }
  channel.signed_ceiling = std::max(channel.signed_ceiling, view.ceiling);
  channel.sent_ceiling = view.ceiling;
  check_invariants(channel);
  return {};
}

Record PayerLedger::delivered(const ChannelId& id, const base::RequestHash& request, std::uint64_t index, const base::Hash256& chunk_hash,
                              Amount charge, Amount charged_after) {
  PayerChannel& channel = known(id);
  channel.recorded = checked_sum(channel.recorded, charge);
  return DeliveredRecord{id, request, index, chunk_hash, charge, channel.recorded, charged_after};
}

Result<Record> PayerLedger::adopt_loss(const ChannelId& id, Amount relay_charged, Amount loss_bound) {
  if (find(id) == nullptr) return unknown_to_wallet();
  PayerChannel& channel = known(id);
  if (channel.closed) return closed_channel();
  const Amount lost = relay_charged.minus_floored(channel.recorded);
  if (lost > loss_bound) {
    return base::fail(base::refusal("loss_above_bound", "the relay counts " + lost.to_units_text() +
                                                            " units that never arrived, more than a lost connection explains: use another relay"));
  }
  channel.recorded = checked_sum(channel.recorded, lost);
  return AdoptedRecord{id, lost, channel.recorded};
}

Result<Record> PayerLedger::leave(const ChannelId& id, Amount kept) {
  if (find(id) == nullptr) return unknown_to_wallet();
  PayerChannel& channel = known(id);
  if (kept > std::max({channel.recorded, channel.signed_ceiling, channel.total_claimed})) {
    return base::fail(base::refusal("refund_too_low", "the relay would keep " + kept.to_btt() + " BTT; " + channel.recorded.to_btt() + " were delivered and " +
                                                          channel.signed_ceiling.to_btt() + " promised at most"));
  }
  const Amount lost = kept.minus_floored(channel.recorded);
  channel.recorded = checked_sum(channel.recorded, lost);
  return AdoptedRecord{id, lost, channel.recorded};
}

Result<std::optional<SigningStep>> PayerLedger::next_ceiling(const ChannelId& id, Amount ahead, Amount reserve_step) const {
  const PayerChannel* channel = find(id);
  if (channel == nullptr) return unknown_to_wallet();
  if (channel->closed) return closed_channel();
  const Amount held = std::max(channel->sent_ceiling, channel->total_claimed);
  if (channel->confirmed > held && channel->confirmed > channel->balance) {
    return base::fail(base::refusal("channel_exhausted", "the channel's balance does not cover what is owed: deposit more"));
  }
  const Amount ceiling = std::min(channel->balance, channel->confirmed.plus_saturated(ahead));
  if (ceiling <= held) return std::nullopt;
  SigningStep step{ceiling, std::nullopt};
  if (ceiling > channel->reserved_ceiling) {
    const Amount stepped = std::min(channel->balance, channel->reserved_ceiling.plus_saturated(reserve_step));
    step.reserve = ReserveCeilingRecord{id, std::max(ceiling, stepped)};
  }
  return step;
}

void PayerLedger::signed_up_to(const ChannelId& id, Amount ceiling) {
  PayerChannel& channel = known(id);
  channel.signed_ceiling = std::max(channel.signed_ceiling, ceiling);
  channel.sent_ceiling = std::max(channel.sent_ceiling, ceiling);
  check_invariants(channel);
}

void PayerLedger::voucher_refused(const ChannelId& id, Amount standing) {
  PayerChannel& channel = known(id);
  channel.sent_ceiling = std::min(channel.sent_ceiling, standing);
}

std::optional<ChannelId> PayerLedger::usable_channel(const base::Address& receiver_authorizer) const {
  std::optional<ChannelId> fullest;
  Amount most;
  for (const auto& [id, channel] : channels_) {
    if (channel.closed || channel.config.receiver_authorizer != receiver_authorizer) continue;
    const Amount left = channel.balance.minus_floored(spent(channel));
    if (left <= most) continue;
    most = left;
    fullest = id;
  }
  return fullest;
}

}  // namespace ferry::channels
