#include "tests/unit/channels/pair/payer_side.hpp"

#include <doctest/doctest.h>

#include "tests/unit/channels/pair/must_hold.hpp"

namespace ferry::channels::test {

using base::Amount;

PayerSide::PayerSide(Choices& choices, FakeChain& chain, std::vector<Link>& links, Tally& tally, Amount ahead,
                     Amount reserve_step)
    : choices_(choices), chain_(chain), links_(links), tally_(tally), ahead_(ahead), reserve_step_(reserve_step), ledger_(kDomain) {}

void PayerSide::durable_now(const Record& record) {
  log_.append(record, [this, record] { ledger_.apply(record); });
  log_.commit();
}

void PayerSide::read_chain() {
  const ChainChannel chain = chain_.read(current_);
  durable_now(ledger_.sync(current_, chain.balance, chain.total_claimed, chain.closed).value());
}

void PayerSide::open_channel(Amount deposit) {
  const ChannelConfig opened = config(++epoch_);
  current_ = id(epoch_);
  durable_now(ledger_.open("ferry://relay", opened, deposit, base::Bytes{1}).value());
  chain_.deposit(current_, deposit);
  read_chain();
}

void PayerSide::connect(std::size_t link) {
  links_[link].up = true;
  links_[link].to_relay.push_back(NameChannel{channel().config, channel().confirmed});
}

void PayerSide::handle(std::size_t link, const ToPayer& message) {
  std::visit([&](const auto& m) { on(link, m); }, message);
}

void PayerSide::on(std::size_t link, const ChannelView& message) {
  if (message.channel != current_) return;
  const auto resumed = ledger_.resume(current_, message.view);
  REQUIRE_MESSAGE(resumed.has_value(), resumed.error().message);
  links_[link].ready = true;
}

void PayerSide::on(std::size_t link, const Chunk& message) {
  const std::uint64_t index = message.key.index;
  const bool wanted = std::erase_if(in_flight_, [&](const InFlight& one) { return one.index == index; }) > 0;
  if (!wanted || message.channel != current_ || channel().closed) return;
  if (message.redelivered && counted_.contains({current_, index, message.charged_after})) {
    ++tally_.not_counted;
    have_.insert(index);
    return;
  }
  const Record record = ledger_.delivered(current_, message.key.request, index, kDomain, message.charge, message.charged_after);
  const int life = links_[link].life;
  log_.append(record, [this, record, index, link, life] {
    ledger_.apply(record);
    have_.insert(index);
    const auto& delivered = std::get<DeliveredRecord>(record);
    counted_.insert({delivered.channel, index, delivered.charged_after});
    if (links_[link].up && links_[link].life == life) pay(link, ahead_);
  });
}

void PayerSide::on(std::size_t link, const NotYet& message) {
  forget_in_flight(message.key.index);
  pay(link, ahead_);
}

void PayerSide::on(std::size_t link, const ChannelRefused&) { links_[link].ready = false; }

void PayerSide::forget_in_flight(std::uint64_t index) {
  if (std::erase_if(in_flight_, [&](const InFlight& one) { return one.index == index; }) > 0) wanted_.push_front(index);
}

void PayerSide::want() { wanted_.push_back(next_index_++); }

void PayerSide::ask(std::size_t link) {
  if (!links_[link].up || !links_[link].ready || withdrawing_ || wanted_.empty()) return;
  const std::uint64_t index = wanted_.front();
  wanted_.pop_front();
  in_flight_.push_back(InFlight{index, link});
  links_[link].to_relay.push_back(AskChunk{current_, chunk(index)});
}

void PayerSide::pay(std::size_t link, Amount ahead) {
  if (!links_[link].up || !links_[link].ready || withdrawing_) return;
  const auto next = ledger_.next_ceiling(current_, ahead, reserve_step_);
  if (!next || !*next) return;
  const int life = links_[link].life;
  const SigningStep step = **next;
  if (!step.reserve) return sign(link, life, step.ceiling);
  log_.append(*step.reserve, [this, step, link, life, channel = current_] {
    ledger_.apply(*step.reserve);
    if (channel == current_ && !withdrawing_) sign(link, life, step.ceiling);
  });
}

void PayerSide::sign(std::size_t link, int life, Amount ceiling) {
  const PayerChannel& own = channel();
  REQUIRE_FALSE(own.closed);
  REQUIRE(ceiling <= own.reserved_ceiling);
  REQUIRE(ceiling <= own.confirmed.plus(ahead_).value());
  if (ceiling <= own.sent_ceiling) return;  // overtaken while its bound was made durable
  auto& highest = highest_signed_[current_];
  highest = std::max(highest, ceiling);
  ledger_.signed_up_to(current_, ceiling);
  if (links_[link].up && links_[link].life == life) {
    links_[link].to_relay.push_back(Pay{sign_voucher(kDomain, current_, ceiling, kPayer), own.confirmed});
  }
}

void PayerSide::link_lost(std::size_t link) {
  for (const InFlight& one : in_flight_) {
    if (one.link == link) wanted_.push_front(one.index);
  }
  std::erase_if(in_flight_, [&](const InFlight& one) { return one.link == link; });
}

void PayerSide::restart() {
  if (log_.waiting() > 0) ++tally_.lost_records;
  log_.crash(static_cast<std::size_t>(choices_.below(log_.waiting() + 1)));
  PayerLedger replayed(kDomain);
  for (const base::Bytes& record : log_.records()) {
    const auto fits = replayed.replay(record);
    REQUIRE_MESSAGE(fits.has_value(), fits.error().message);
    const Record read = unpack_record(record).value();
    const auto* delivered = std::get_if<DeliveredRecord>(&read);
    if (delivered == nullptr || !counted_.insert({delivered->channel, delivered->index, delivered->charged_after}).second) continue;
    have_.insert(delivered->index);
  }
  ledger_ = std::move(replayed);
  lose_bytes();
  in_flight_.clear();
  wanted_.clear();
  for (std::uint64_t index = 0; index < next_index_; ++index) {
    if (!have_.contains(index)) wanted_.push_back(index);
  }
  if (!choices_.one_in(3)) return;
  const auto snapshot = ledger_.snapshot();
  PayerLedger compacted(kDomain);
  for (const base::Bytes& record : snapshot) REQUIRE(compacted.replay(record).has_value());
  REQUIRE(compacted.snapshot() == snapshot);
  log_.rewrite(snapshot);
  ledger_ = std::move(compacted);
}

void PayerSide::lose_bytes() {
  if (!choices_.one_in(2)) return;
  tally_.lost_bytes += std::erase_if(have_, [this](std::uint64_t) { return choices_.one_in(4); });
}

void PayerSide::top_up(Amount amount) {
  if (channel().closed) return;
  chain_.deposit(current_, amount);
  read_chain();
}

void PayerSide::withdraw(bool everything) {
  if (withdrawing_) return;
  const ChainChannel chain = chain_.read(current_);
  const Amount left = chain.balance.minus(chain.total_claimed).value();
  if (left.is_zero()) return;
  withdrawing_ = true;
  const Amount amount = everything ? left : Amount::from_units(1 + choices_.below(static_cast<std::uint64_t>(left.units())));
  if (everything) durable_now(ledger_.sync(current_, chain.balance, chain.total_claimed, true).value());
  chain_.initiate_withdraw(current_, amount);
}

void PayerSide::withdrawal_ended() {
  withdrawing_ = false;
  read_chain();
}

Pay PayerSide::last_words() {
  const Amount ceiling = channel().last_ceiling();
  if (ceiling > channel().reserved_ceiling) durable_now(ReserveCeilingRecord{current_, ceiling});
  ledger_.signed_up_to(current_, ceiling);
  auto& highest = highest_signed_[current_];
  highest = std::max(highest, ceiling);
  durable_now(SignedRecord{current_, ceiling, {}, {}});
  const ChainChannel chain = chain_.read(current_);
  durable_now(ledger_.sync(current_, chain.balance, chain.total_claimed, true).value());
  return Pay{sign_voucher(kDomain, current_, ceiling, kPayer), channel().confirmed};
}

void PayerSide::leave(Amount refund, const RelayView& view) {
  const auto resumed = ledger_.resume(current_, view);
  REQUIRE_MESSAGE(resumed.has_value(), resumed.error().message);
  const auto record = ledger_.leave(current_, chain_.read(current_).balance.minus_floored(refund));
  REQUIRE_MESSAGE(record.has_value(), record.error().message);
  durable_now(*record);
}

void PayerSide::adopt(Amount relay_charged, Amount largest_window) {
  const auto record = ledger_.adopt_loss(current_, relay_charged, ahead_.plus(largest_window).value());
  REQUIRE_MESSAGE(record.has_value(), record.error().message);
  if (!std::get<AdoptedRecord>(*record).amount.is_zero()) ++tally_.adopted;
  durable_now(*record);
}

void PayerSide::check() {
  const auto sound = ledger_.audit();
  if (!sound) FAIL(sound.error().message);
  for (const auto& [id, channel] : ledger_.channels()) {
    must_hold(highest_signed_[id] <= channel.reserved_ceiling, "more was signed than was durably reserved");
    must_hold(chain_.read(id).total_claimed <= highest_signed_[id], "more was claimed than was signed");
  }
}

}  // namespace ferry::channels::test
