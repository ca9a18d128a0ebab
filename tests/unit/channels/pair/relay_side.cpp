#include "tests/unit/channels/pair/relay_side.hpp"

#include <doctest/doctest.h>

#include "tests/unit/channels/pair/must_hold.hpp"

namespace ferry::channels::test {

using base::Amount;

RelaySide::RelaySide(Choices& choices, FakeChain& chain, std::vector<Link>& links, Tally& tally, CreditRules rules,
                     Amount chunk_price)
    : choices_(choices), chain_(chain), links_(links), tally_(tally), rules_(rules), chunk_price_(chunk_price), ledger_(relay_ledger(rules)) {}

void RelaySide::send(std::size_t link, int life, ToPayer message) {
  if (links_[link].up && links_[link].life == life) links_[link].to_payer.push_back(std::move(message));
}

void RelaySide::handle(std::size_t link, const ToRelay& message) {
  std::visit([&](const auto& m) { on(link, m); }, message);
}

void RelaySide::on(std::size_t link, const NameChannel& message) {
  const int life = links_[link].life;
  const base::ChannelId channel = channel_id(kDomain, message.config);
  const auto record = ledger_.open(message.config, chain_.read(channel));
  if (!record) return send(link, life, ChannelRefused{});
  log_.append(*record, [this, link, life, channel, record = *record, confirmed = message.confirmed] {
    ledger_.apply(record);
    ledger_.confirm(channel, confirmed);
    const RelayChannel& known = *ledger_.find(channel);
    send(link, life, ChannelView{channel, RelayView{known.charged, known.ceiling, known.ceiling_signature}});
  });
}

void RelaySide::on(std::size_t link, const AskChunk& message) {
  const Amount price = Amount::from_units(1 + choices_.below(static_cast<std::uint64_t>(chunk_price_.units())));
  largest_window_ = std::max(largest_window_, ledger_.credit_of(kPayer.address(), chunk_price_));
  const auto answer = ledger_.reserve(message.channel, message.key, price, chunk_price_, now_);
  const int life = links_[link].life;
  if (!answer) return send(link, life, ChannelRefused{});
  if (const auto* reservation = std::get_if<Reservation>(&*answer)) {
    fetching_.push_back(Fetch{link, life, *reservation});
    return;
  }
  // What it says must be true: with a voucher over it the delivery would be admitted, and it is no more than the delivery needs.
  const auto& need = std::get<NeedVoucher>(*answer);
  const RelayChannel& channel = *ledger_.find(message.channel);
  CHECK((need.required > channel.covered() || need.required > channel.chain.balance));
  CHECK(need.required <= channel.charged.plus(channel.reserved)->plus(price).value());
  ++tally_.need_voucher;
  send(link, life, NotYet{message.key});
}

void RelaySide::on(std::size_t, const Pay& message) {
  const auto record = ledger_.check_voucher(message.voucher, message.confirmed);
  if (!record) return;
  log_.append(*record, [this, record = *record, voucher = message.voucher] {
    ledger_.apply(record);
    ++tally_.vouchers;
    auto& promise = promised_[voucher.channel].ceiling;
    promise = std::max(promise, voucher.ceiling);
  });
}

void RelaySide::finish_fetch(bool must_succeed) {
  if (fetching_.empty()) return;
  const auto it = fetching_.begin() + static_cast<std::ptrdiff_t>(choices_.below(fetching_.size()));
  const Fetch fetch = *it;
  fetching_.erase(it);
  if (!must_succeed && choices_.one_in(8)) {
    ledger_.release(fetch.reservation);
    return send(fetch.link, fetch.life, NotYet{fetch.reservation.key});
  }
  const Amount reserved = fetch.reservation.price;
  const Amount final_price = choices_.one_in(3) ? Amount::from_units(reserved.units() / 2) : reserved;  // a hit
  const auto record = ledger_.charge(fetch.reservation, final_price, now_);
  if (!record) {
    ++tally_.redelivered;
    return reply_chunk(fetch, reserved, fetch.reservation.charged_after);
  }
  ++tally_.charged;
  log_.append(*record, [this, fetch, final_price, after = std::get<ChargeRecord>(*record).charged_after] {
    auto& promise = promised_[fetch.reservation.channel].charged;
    promise = std::max(promise, after);
    reply_chunk(fetch, final_price, after);
  });
}

void RelaySide::reply_chunk(const Fetch& fetch, Amount charge, Amount charged_after) {
  send(fetch.link, fetch.life, Chunk{fetch.reservation.channel, fetch.reservation.key, charge, charged_after, fetch.reservation.redelivery});
}

void RelaySide::link_lost(std::size_t link, bool last) {
  std::erase_if(fetching_, [&](const Fetch& fetch) {
    if (fetch.link != link) return false;
    ledger_.release(fetch.reservation);
    return true;
  });
  if (!last) return;
  if (const auto record = ledger_.payer_left(kPayer.address())) log_.append(*record, [] {});
}

void RelaySide::restart() {
  if (log_.waiting() > 0) ++tally_.lost_records;
  log_.crash(static_cast<std::size_t>(choices_.below(log_.waiting() + 1)));
  fetching_.clear();
  ledger_ = relay_ledger(rules_);
  for (const base::Bytes& record : log_.records()) {
    const auto replayed = ledger_.replay(record);
    REQUIRE_MESSAGE(replayed.has_value(), replayed.error().message);
  }
  if (!choices_.one_in(3)) return;
  const auto snapshot = ledger_.snapshot();
  RelayLedger compacted = relay_ledger(rules_);
  for (const base::Bytes& record : snapshot) {
    const auto replayed = compacted.replay(record);
    REQUIRE_MESSAGE(replayed.has_value(), replayed.error().message);
  }
  REQUIRE(compacted.snapshot() == snapshot);
  log_.rewrite(snapshot);
  ledger_ = std::move(compacted);
}

base::Result<RefundRecord> RelaySide::close(const ChannelConfig& config, const Pay& last, bool crash) {
  const base::ChannelId channel = channel_id(kDomain, config);
  const std::uint64_t nonce = chain_.refund_nonce(channel);
  const ChainChannel chain = chain_.read(channel);
  const auto opened = ledger_.open(config, chain);
  if (!opened) return base::fail(opened.error());
  log_.append(*opened, [this, record = *opened] { ledger_.apply(record); });
  log_.commit();
  ledger_.confirm(channel, last.confirmed);
  on(0, last);
  log_.commit();
  const auto refund = ledger_.close(channel, chain, nonce);
  if (!refund) return base::fail(refund.error());
  log_.append(*refund, [] {});
  if (crash) {
    restart();
    return base::fail(base::environment("crashed", "before the answer"));
  }
  log_.commit();
  return *refund;
}

void RelaySide::sync_all() {
  for (const auto& entry : std::vector(ledger_.channels().begin(), ledger_.channels().end())) {
    const auto record = ledger_.sync(entry.first, chain_.read(entry.first));
    REQUIRE(record.has_value());
    log_.append(*record, [this, record = *record] { ledger_.apply(record); });
  }
  log_.commit();
}

void RelaySide::watch() {
  sync_all();
  chain_.claim(ledger_.claimable());
  sync_all();
  CHECK(ledger_.claimable().empty());
}

void RelaySide::check() {
  const auto sound = ledger_.audit();
  if (!sound) FAIL(sound.error().message);
  largest_window_ = std::max(largest_window_, ledger_.credit_of(kPayer.address(), chunk_price_));
  Amount debt;
  for (const auto& [id, channel] : ledger_.channels()) {
    debt = debt.plus(channel.debt()).value();
    const Promise& promise = promised_[id];
    must_hold(channel.charged >= promise.charged, "a charge that was durable is gone");
    must_hold(channel.ceiling >= promise.ceiling, "a voucher that extended credit is gone");
  }
  must_hold(debt == ledger_.debt_of(kPayer.address()), "the payer's debt is the sum over its channels");
  must_hold(debt <= largest_window_, "the payer owes more than a window");
}

}  // namespace ferry::channels::test
