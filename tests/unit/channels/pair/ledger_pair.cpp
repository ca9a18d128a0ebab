#include "tests/unit/channels/pair/ledger_pair.hpp"

#include <doctest/doctest.h>

#include "tests/unit/channels/pair/must_hold.hpp"

namespace ferry::channels::test {

using base::Amount;

namespace {

CreditRules random_rules(Choices& choices) {
  CreditRules rules;
  if (choices.one_in(4)) return rules;
  rules.first_chunks = static_cast<std::uint32_t>(1 + choices.below(3));
  rules.max_chunks = 8;
  rules.windows_per_doubling = static_cast<std::uint32_t>(1 + choices.below(3));
  rules.paid_share_divisor = 1;
  return rules;
}

}  // namespace

LedgerPair::LedgerPair(std::uint64_t seed, Tally& tally)
    : choices_(seed),
      tally_(tally),
      links_(kLinks),
      chunk_price_(units(1000)),
      relay_(choices_, chain_, links_, tally, random_rules(choices_), chunk_price_),
      payer_(choices_, chain_, links_, tally, chunk_price_.times(choices_.below(4)).value(), chunk_price_.times(1 + choices_.below(8)).value()) {
  payer_.open_channel(chunk_price_.times(3 + choices_.below(30)).value());
}

void LedgerPair::travel_up(std::size_t link) {
  if (links_[link].to_relay.empty()) return;
  const ToRelay message = std::move(links_[link].to_relay.front());
  links_[link].to_relay.pop_front();
  relay_.handle(link, message);
}

void LedgerPair::travel_down(std::size_t link) {
  if (links_[link].to_payer.empty()) return;
  const ToPayer message = std::move(links_[link].to_payer.front());
  links_[link].to_payer.pop_front();
  payer_.handle(link, message);
}

void LedgerPair::lose(std::size_t link) {
  if (!links_[link].up) return;
  ++tally_.lost_links;
  links_[link].lose();
  payer_.link_lost(link);
  relay_.link_lost(link, std::ranges::none_of(links_, &Link::up));
}

void LedgerPair::lose_all() {
  for (std::size_t link = 0; link < kLinks; ++link) lose(link);
}

void LedgerPair::end_withdrawal() {
  relay_.watch();  // a relay looks many times within the delay
  chain_.finalize_withdraw(payer_.current());
  payer_.withdrawal_ended();
  relay_.watch();
  if (payer_.channel().closed) {
    ++tally_.closed;
    new_channel();
  }
}

void LedgerPair::new_channel() {
  lose_all();
  payer_.open_channel(chunk_price_.times(3 + choices_.below(30)).value());
}

base::Result<RefundRecord> LedgerPair::ask_to_close(const ChannelConfig& config, const Pay& last) {
  auto refund = relay_.close(config, last, false);
  if (refund || refund.error().code != "channel_busy") return refund;
  lose_all();
  return relay_.close(config, last, false);
}

void LedgerPair::close_by_agreement() {
  const ChannelConfig config = payer_.channel().config;
  const base::ChannelId id = payer_.current();
  payer_.commit();
  const Pay last = payer_.last_words();
  if (choices_.one_in(3)) {
    lose_all();
    static_cast<void>(relay_.close(config, last, true));
  }
  const auto refund = ask_to_close(config, last);
  if (!refund) {  // it owes what it never got, or has nothing left: the timed way
    payer_.withdraw(true);
    return payer_.is_withdrawing() ? end_withdrawal() : new_channel();
  }
  const auto at_most = chain_.read(id).balance.minus(relay_.ledger().find(id)->charged).value();
  must_hold(refund->amount <= at_most, "a refund takes what was charged");
  const RelayChannel& stands = *relay_.ledger().find(id);
  payer_.leave(refund->amount, RelayView{stands.charged, stands.ceiling, stands.ceiling_signature});
  must_hold(payer_.channel().confirmed == relay_.ledger().find(id)->charged, "the books differ after a refund");
  ++tally_.refunded;

  const Amount topped = choices_.one_in(3) ? Amount::from_units(1 + choices_.below(5000)) : Amount{};
  chain_.deposit(id, topped);
  if (choices_.one_in(3)) must_hold(ask_to_close(config, last)->amount == refund->amount, "two signatures stand beside each other");
  if (choices_.one_in(4)) {  // the timed way first, and then the signature
    const ChainChannel chain = chain_.read(id);
    chain_.initiate_withdraw(id, choices_.one_in(2) ? chain.balance : refund->amount);
    relay_.watch();
    chain_.finalize_withdraw(id);
  }
  if (choices_.one_in(2)) lose_all(), relay_.restart();
  must_hold(chain_.refund(*refund), "the chain takes what was signed");
  must_hold(!chain_.refund(*refund), "a refund is taken twice");
  if (const auto next = ask_to_close(config, last)) {
    must_hold(next->nonce == 1 && next->amount <= topped, "more goes back than was deposited since");
    must_hold(chain_.refund(*next), "the chain takes the next one");
  }
  relay_.watch();
  must_hold(chain_.read(id).total_claimed == relay_.ledger().find(id)->charged, "the relay cannot claim what it earned");
  new_channel();
}

void LedgerPair::step() {
  const std::size_t link = random_link_number();
  switch (choices_.below(25)) {
    case 0: rare_step(); break;
    case 1:
    case 2:
      if (!links_[link].up && !payer_.channel().closed) payer_.connect(link);
      break;
    case 3:
    case 4:
    case 5: payer_.want(); [[fallthrough]];
    case 6:
    case 7: payer_.ask(link); break;
    case 8: payer_.pay(link, payer_.ahead()); break;
    case 9:
    case 10:
    case 11: relay_.finish_fetch(false); break;
    case 12:
    case 13:
    case 14: relay_.commit(); break;
    case 15:
    case 16:
    case 17: payer_.commit(); break;
    default:
      for (std::size_t i = 0; i < kLinks; ++i) {
        travel_up(i);
        travel_down(i);
      }
      break;
  }
  check();
}

void LedgerPair::rare_step() {
  switch (choices_.below(10)) {
    case 0:
    case 1: lose(random_link_number()); break;
    case 2:
      lose_all();
      relay_.restart();
      break;
    case 3:
      lose_all();
      payer_.restart();
      break;
    case 4: relay_.watch(); break;
    case 5: payer_.top_up(Amount::from_units(1 + choices_.below(5000))); break;
    case 6:
      if (payer_.is_withdrawing()) end_withdrawal();
      else if (choices_.one_in(3)) payer_.withdraw(choices_.one_in(2));
      else if (choices_.one_in(3)) close_by_agreement();
      break;
    case 7: relay_.pass(std::chrono::minutes{choices_.below(20)}); break;
    case 8:
      if (choices_.one_in(4)) relay_.set_chunk_price(Amount::from_units(500 + choices_.below(500)));
      break;
    default:
      for (std::size_t i = 0; i < kLinks; ++i) payer_.ask(i);
      break;
  }
}

void LedgerPair::check() {
  relay_.check();
  payer_.check();
  for (const auto& [id, relay] : relay_.ledger().channels()) {
    const PayerChannel& payer = *payer_.ledger().find(id);
    must_hold(payer.recorded <= relay.charged, "the payer counts what it was not charged for");
    must_hold(relay.ceiling <= payer_.highest_signed(id), "the relay holds a voucher that was never signed");
    const Amount both_windows = payer_.ahead().plus(relay_.largest_window()).value();
    must_hold(relay.charged <= payer.confirmed.plus(both_windows).value(), "a loss is larger than the two windows together");
  }
}

void LedgerPair::calm() {
  for (bool moving = true; moving;) {
    payer_.commit();
    relay_.commit();
    while (relay_.is_fetching()) relay_.finish_fetch(true);
    relay_.commit();
    moving = !relay_.is_idle() || !payer_.is_idle();
    for (std::size_t link = 0; link < kLinks; ++link) {
      moving = moving || !links_[link].to_relay.empty() || !links_[link].to_payer.empty();
      while (!links_[link].to_relay.empty()) travel_up(link);
      while (!links_[link].to_payer.empty()) travel_down(link);
    }
    check();
  }
}

void LedgerPair::resync() {
  lose_all();
  relay_.watch();
  payer_.connect(0);
  calm();
  const RelayChannel* channel = relay_.ledger().find(payer_.current());
  REQUIRE(channel != nullptr);
  payer_.adopt(channel->charged, relay_.largest_window());
  payer_.connect(0);  // tells the relay what is confirmed now, before anything is asked for again
  calm();
  payer_.pay(0, payer_.ahead());
  calm();
}

void LedgerPair::settle() {
  lose_all();
  if (payer_.is_withdrawing()) end_withdrawal();
  payer_.set_ahead(std::max(payer_.ahead(), chunk_price_));  // old debt of a closed channel leaves only what is prepaid
  payer_.want();
  for (int round = 0; payer_.wants_more(); ++round) {
    REQUIRE_MESSAGE(round < 2000, "the pair does not come to an end");
    if (!links_[0].up) payer_.connect(0);
    calm();
    const std::size_t before = payer_.received();
    payer_.pay(0, payer_.ahead());
    for (int i = 0; i < 4; ++i) payer_.ask(0);
    calm();
    if (payer_.received() > before) continue;
    resync();
    payer_.ask(0);
    calm();
    if (payer_.received() == before) payer_.top_up(chunk_price_.times(3).value());
  }
  resync();
  compare_books();
}

void LedgerPair::compare_books() {
  relay_.watch();
  for (const auto& [id, relay] : relay_.ledger().channels()) {
    const PayerChannel& payer = *payer_.ledger().find(id);
    // A payer that took a part back after it had promised it, and then left, leaves the relay at most what it gave on credit.
    CHECK(chain_.read(id).total_claimed.plus(relay.lost()).value() == relay.paid());
    CHECK(relay.lost() <= relay_.largest_window());
    if (id != payer_.current()) continue;
    CHECK(relay.debt().is_zero());
    CHECK(payer.confirmed == relay.charged);
    CHECK(chain_.read(id).total_claimed == relay.charged);
    CHECK(payer_.highest_signed(id) >= relay.charged);
    CHECK(relay.ceiling <= payer.confirmed.plus(payer_.ahead()).value());
  }
}

void LedgerPair::abandon() {
  lose_all();
  relay_.commit();
  relay_.restart();
  relay_.watch();
  Amount unpaid;
  for (const auto& [id, relay] : relay_.ledger().channels()) {
    const Amount paid = chain_.read(id).total_claimed;
    CHECK(paid == relay.paid());
    CHECK(paid <= payer_.ledger().find(id)->confirmed.plus(payer_.ahead()).value());
    unpaid = unpaid.plus(relay.charged.minus(paid).value()).value();
  }
  CHECK(unpaid <= relay_.largest_window());
}

}  // namespace ferry::channels::test
