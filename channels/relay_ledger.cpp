#include "channels/relay_ledger.hpp"

#include <utility>

#include "channels/invariant.hpp"

namespace ferry::channels {
namespace {

using base::Amount;
using base::ChannelId;
using base::Result;

base::Unexpected unknown_to_relay() {
  return base::fail(base::refusal("channel_unknown", "this relay does not know the channel: name it with its configuration first"));
}

Result<void> check_chain(const ChainChannel& chain) {
  if (chain.total_claimed > chain.balance || chain.balance > RelayLedger::kMaxBalance) {
    return base::fail(base::environment("chain_inconsistent", "the chain's answer about a channel cannot be true: ask another node"));
  }
  return {};
}

Record channel_record(const ChannelId& id, const ChannelConfig& config, const ChainChannel& chain) {
  return ChannelRecord{id,           config, chain.balance, chain.total_claimed, chain.pending_withdraw, chain.withdraw_at,
                       chain.closed};
}

}  // namespace

RelayLedger::RelayLedger(base::Hash256 domain_separator, base::Address receiver, base::Address receiver_authorizer, base::Address token,
                         CreditRules rules)
    : domain_separator_(domain_separator),
      receiver_(receiver),
      receiver_authorizer_(receiver_authorizer),
      token_(token),
      rules_(rules) {}

RelayChannel& RelayLedger::known(const ChannelId& channel) {
  const auto it = channels_.find(channel);
  require(it != channels_.end(), "a record or reservation names a channel that this ledger never opened");
  return it->second;
}

const RelayChannel* RelayLedger::find(const ChannelId& channel) const {
  const auto it = channels_.find(channel);
  return it == channels_.end() ? nullptr : &it->second;
}

Result<Record> RelayLedger::open(const ChannelConfig& config, const ChainChannel& chain) const {
  FERRY_CHECK(check(config));
  if (config.receiver != receiver_ || config.receiver_authorizer != receiver_authorizer_ || config.token != token_) {
    return base::fail(base::refusal("channel_other_relay", "the channel pays another relay or in another token: open one with this relay's terms"));
  }
  const ChannelId id = channel_id(domain_separator_, config);
  const RelayChannel* old = find(id);
  if (chain.closed || (old != nullptr && old->status == ChannelStatus::closed)) {
    return base::fail(base::refusal("channel_closed", "the channel was emptied and stays closed: open one with a new salt"));
  }
  if (chain.balance.is_zero()) {
    return base::fail(base::refusal("channel_not_on_ledger", "nothing is deposited in the channel: deposit first, or wait for the deposit"));
  }
  FERRY_CHECK(check_chain(chain));
  const auto payer = payers_.find(config.payer);
  const bool payer_full = payer != payers_.end() && payer->second.channels.size() >= kMaxChannelsPerPayer;
  if (old == nullptr && (channels_.size() >= kMaxChannels || payer_full)) {
    return base::fail(too_many_channels());
  }
  return channel_record(id, config, chain);
}

base::Error RelayLedger::too_many_channels() {
  return base::refusal("too_many_channels", "no more channels are taken here: use one that is open");
}

Result<Record> RelayLedger::sync(const ChannelId& channel, const ChainChannel& chain) const {
  const RelayChannel* known = find(channel);
  if (known == nullptr) return unknown_to_relay();
  FERRY_CHECK(check_chain(chain));
  return channel_record(channel, known->config, chain);
}

Result<void> RelayLedger::precheck(const ChannelId& id, Amount ceiling) const {
  const RelayChannel* channel = find(id);
  if (channel == nullptr) {
    return base::fail(base::refusal("voucher_unknown_channel", "this relay does not know the voucher's channel: name it first"));
  }
  if (channel->status != ChannelStatus::open) {
    return base::fail(base::refusal("voucher_channel_not_open", "the voucher's channel is closed or being emptied: use another"));
  }
  if (ceiling <= channel->covered()) {
    return base::fail(base::refusal("voucher_not_above_last", "a voucher must promise more than the last, which was " +
                                                                  channel->covered().to_units_text() + " units"));
  }
  if (ceiling > channel->chain.balance) {
    return base::fail(base::refusal("voucher_above_balance", "the voucher promises more than the channel's balance of " +
                                                                 channel->chain.balance.to_units_text() + " units: deposit first"));
  }
  return {};
}

Result<Record> RelayLedger::check_voucher(const Voucher& voucher, Amount confirmed) const {
  FERRY_CHECK(precheck(voucher.channel, voucher.ceiling));
  const RelayChannel* channel = find(voucher.channel);
  const auto digest = voucher_digest(domain_separator_, voucher.channel, voucher.ceiling);
  FERRY_CHECK(base::check_signature(digest, voucher.signature, channel->config.payer_authorizer));
  return VoucherRecord{voucher.channel, voucher.ceiling, voucher.signature, std::min(confirmed, channel->charged)};
}

Amount RelayLedger::exposure(const Payer& payer, const RelayChannel* except) const {
  Amount sum;
  for (const ChannelId& id : payer.channels) {
    const RelayChannel& channel = channels_.at(id);
    if (&channel == except) continue;
    sum = sum.plus_saturated(channel.charged.plus_saturated(channel.reserved).minus_floored(channel.covered()));
  }
  return sum;
}

Result<std::variant<Reservation, NeedVoucher>> RelayLedger::reserve(const ChannelId& id, const DeliveryKey& key, Amount price,
                                                                    Amount chunk_price, base::Time now) {
  const auto it = channels_.find(id);
  if (it == channels_.end()) return unknown_to_relay();
  RelayChannel& channel = it->second;
  if (channel.status != ChannelStatus::open) {
    return base::fail(base::refusal("channel_not_open", "the channel is closed or being emptied: use another"));
  }
  if (const auto recent = recent_.find(id); recent != recent_.end()) {
    if (const auto* known = recent->second.take(key, channel.charged.minus_floored(channel.confirmed), now)) {
      return Reservation{channel.config.payer, id, key, known->charge, true, chunk_price, known->charged_after};
    }
  }

  const auto need = [&channel](Amount required) {
    return NeedVoucher{required, channel.ceiling, channel.charged, channel.chain.balance};
  };
  const Amount own = channel.charged.plus_saturated(channel.reserved).plus_saturated(price);
  if (own > channel.chain.balance) return need(own);

  Payer& payer = payer_of(channel);
  const Amount window = payer.credit.window(rules_, chunk_price);
  const Amount headroom = window.minus_floored(exposure(payer, &channel));
  const Amount required = own.minus_floored(headroom);
  if (channel.covered() < required) return need(required);

  if (own > channel.covered()) payer.granted = std::max(payer.granted, window);
  channel.reserved = checked_sum(channel.reserved, price);
  check_invariants(channel);
  return Reservation{channel.config.payer, id, key, price, false, chunk_price, {}};
}

void RelayLedger::count_paid(const RelayChannel& channel, Amount paid_before) {
  Payer& payer = payer_of(channel);
  const Amount newly = channel.paid().minus_floored(paid_before);
  if (!newly.is_zero()) payer.credit.on_paid(rules_, newly, payer.chunk_price);
}

std::optional<Record> RelayLedger::charge(const Reservation& reservation, Amount final_price, base::Time now) {
  if (reservation.redelivery) return std::nullopt;
  RelayChannel& channel = known(reservation.channel);
  Payer& payer = payer_of(channel);
  const Amount charge = std::min(final_price, reservation.price);
  const Amount paid_before = channel.paid();

  release(reservation);
  channel.charged = checked_sum(channel.charged, charge);
  payer.chunk_price = reservation.chunk_price;
  count_paid(channel, paid_before);
  recent_[reservation.channel].add(reservation.key, charge, channel.charged, now);
  note_charge(channel, now);
  check_invariants(channel);
  return ChargeRecord{reservation.channel, reservation.key.request, reservation.key.index, charge, reservation.chunk_price,
                      channel.charged,     now,                     payer.granted};
}

void RelayLedger::note_charge(RelayChannel& channel, base::Time at) {
  channel.charged_at = at;
  if (channel.unclaimed_since == base::Time{}) channel.unclaimed_since = at;
}

void RelayLedger::release(const Reservation& reservation) {
  if (reservation.redelivery) {
    recent_[reservation.channel].give_back(reservation.key);
    return;
  }
  RelayChannel& channel = known(reservation.channel);
  const auto left = channel.reserved.minus(reservation.price);
  require(left.has_value(), "a reservation was given back twice");
  channel.reserved = *left;
}

void RelayLedger::confirm(const ChannelId& id, Amount confirmed) {
  const auto it = channels_.find(id);
  if (it == channels_.end()) return;
  RelayChannel& channel = it->second;
  channel.confirmed = std::max(channel.confirmed, std::min(confirmed, channel.charged));
  if (channel.confirmed == channel.charged) recent_.erase(id);
}

CreditRecord RelayLedger::credit_record(const base::Address& address, const Payer& payer) const {
  const PayerCredit& credit = payer.credit;
  return CreditRecord{address, credit.chunks, credit.windows_paid, credit.paid, credit.toward_next, payer.granted, payer.chunk_price};
}

std::optional<Record> RelayLedger::payer_left(const base::Address& address) {
  if (debt_of(address).is_zero()) return std::nullopt;
  Payer& payer = payers_.at(address);
  payer.credit.start_anew();
  return credit_record(address, payer);
}

Amount RelayLedger::credit_of(const base::Address& payer, Amount chunk_price) const {
  const auto it = payers_.find(payer);
  return (it == payers_.end() ? PayerCredit{} : it->second.credit).window(rules_, chunk_price);
}

Amount RelayLedger::debt_of(const base::Address& payer) const {
  const auto it = payers_.find(payer);
  if (it == payers_.end()) return {};
  Amount debt;
  for (const ChannelId& id : it->second.channels) debt = debt.plus_saturated(channels_.at(id).debt());
  return debt;
}

std::vector<ClaimRow> RelayLedger::claimable() const {
  std::vector<ClaimRow> rows;
  for (const auto& [id, channel] : channels_) {
    if (auto row = channel.claim_row()) rows.push_back(std::move(*row));
  }
  return rows;
}

std::optional<ClaimRow> RelayChannel::claim_row() const {
  const Amount brings = claimable();
  if (brings.is_zero() || !ceiling_signature) return std::nullopt;
  return ClaimRow{config, ceiling, *ceiling_signature, chain.total_claimed.plus_saturated(brings)};
}

}  // namespace ferry::channels
