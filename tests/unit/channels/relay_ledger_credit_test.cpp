#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "channels/relay_ledger.hpp"
#include "tests/unit/channels/parties.hpp"

using namespace ferry;
using namespace ferry::channels;
using namespace ferry::channels::test;
using std::chrono::minutes;

namespace {

const base::Amount kPrice = units(100);

struct Shop {
  RelayLedger ledger = relay_ledger();
  base::ChannelId channel = open(ledger, units(1'000'000));
  std::uint64_t next = 0;

  std::variant<Reservation, NeedVoucher> ask(const base::ChannelId& where, base::Amount price = kPrice) {
    return ledger.reserve(where, chunk(next++), price, kPrice, kNow).value();
  }
  bool admits(const base::ChannelId& where, base::Amount price = kPrice) { return std::holds_alternative<Reservation>(ask(where, price)); }
  NeedVoucher need(const base::ChannelId& where, base::Amount price = kPrice) { return std::get<NeedVoucher>(ask(where, price)); }
  void deliver(const base::ChannelId& where) { ledger.charge(std::get<Reservation>(ask(where)), kPrice, kNow); }
  base::Amount debt() const { return ledger.debt_of(kPayer.address()); }
  base::Amount window() const { return ledger.credit_of(kPayer.address(), kPrice); }
  base::Amount required_for(std::uint64_t index, base::Time now) {
    return std::get<NeedVoucher>(ledger.reserve(channel, chunk(index), kPrice, kPrice, now).value()).required;
  }
  bool redelivers(std::uint64_t index, base::Time now = kNow) {
    const auto answer = ledger.reserve(channel, chunk(index), kPrice, kPrice, now).value();
    const auto* reservation = std::get_if<Reservation>(&answer);
    return reservation != nullptr && reservation->redelivery;
  }
};

}  // namespace

TEST_CASE("credit window: a new payer gets one chunk ahead of payment, then a voucher is asked for") {
  Shop shop;
  shop.deliver(shop.channel);
  const NeedVoucher need = shop.need(shop.channel);
  CHECK(need.required == units(100));
  CHECK(need.charged == units(100));
  CHECK(need.ceiling == units(0));
  CHECK(need.balance == units(1'000'000));
}

TEST_CASE("credit window: the voucher that was asked for is the smallest that helps") {
  Shop shop;
  shop.deliver(shop.channel);
  const base::Amount required = shop.need(shop.channel).required;
  pay(shop.ledger, shop.channel, units(required.units() - 1));
  CHECK(shop.need(shop.channel).required == required);
  pay(shop.ledger, shop.channel, required);
  CHECK(shop.admits(shop.channel));
  CHECK_FALSE(shop.admits(shop.channel));
}

TEST_CASE("credit window: what is prepaid comes on top of it") {
  Shop shop;
  pay(shop.ledger, shop.channel, units(400));
  for (int i = 0; i < 5; ++i) CHECK(shop.admits(shop.channel));
  CHECK_FALSE(shop.admits(shop.channel));
}

TEST_CASE("credit window: deliveries that are still being fetched count") {
  Shop shop;
  const auto first = std::get<Reservation>(shop.ask(shop.channel));
  CHECK(shop.need(shop.channel).required == units(100));
  shop.ledger.release(first);
  CHECK(shop.admits(shop.channel));
}

TEST_CASE("credit window: many sockets and channels of one payer share it") {
  Shop shop;
  std::vector<base::ChannelId> channels{shop.channel};
  for (std::uint8_t epoch = 1; epoch < 10; ++epoch) channels.push_back(open(shop.ledger, units(1000), epoch));
  const auto admitted = std::count_if(channels.begin(), channels.end(), [&](const auto& channel) { return shop.admits(channel); });
  CHECK(admitted == 1);
  CHECK(shop.debt() == units(0));
}

TEST_CASE("credit window: debt elsewhere leaves only what is prepaid here, and that much is always served") {
  Shop shop;
  const auto other = open(shop.ledger, units(1000), 1);
  shop.deliver(shop.channel);
  CHECK(shop.need(other).required == units(100));
  pay(shop.ledger, other, units(100));
  shop.deliver(other);
  CHECK(shop.need(other).required == units(200));
  CHECK(shop.debt() == units(100));
  pay(shop.ledger, shop.channel, units(100));
  CHECK(shop.debt() == units(0));
  CHECK(shop.admits(other));
}

TEST_CASE("credit window: another payer has a window of its own") {
  Shop shop;
  shop.deliver(shop.channel);
  ChannelConfig other = config();
  other.payer = other.payer_authorizer = kStranger.address();
  shop.ledger.apply(shop.ledger.open(other, holding(units(1000))).value());
  CHECK(shop.admits(channel_id(kDomain, other)));
}

TEST_CASE("credit window: nothing is admitted beyond the balance, and then only a deposit is asked for") {
  Shop shop;
  const auto small = open(shop.ledger, units(150), 1);
  shop.deliver(small);
  CHECK(shop.need(small).required == units(200));
  pay(shop.ledger, small, units(150));
  CHECK(shop.need(small).required == units(200));
  shop.ledger.apply(shop.ledger.sync(small, holding(units(200))).value());
  CHECK(shop.admits(small));
  CHECK(shop.need(shop.channel, base::Amount::max()).required == base::Amount::max());
}

TEST_CASE("credit window: it grows with what was paid") {
  CreditRules rules;
  rules.paid_share_divisor = 1;
  Shop shop;
  shop.ledger = relay_ledger(rules);
  open(shop.ledger, units(1'000'000));
  for (std::uint64_t i = 1; i <= 16; ++i) {
    CHECK(shop.window() == kPrice);
    shop.deliver(shop.channel);
    pay(shop.ledger, shop.channel, units(100 * i));
  }
  CHECK(shop.window() == units(200));
  shop.deliver(shop.channel);
  shop.deliver(shop.channel);
  CHECK_FALSE(shop.admits(shop.channel));
}

TEST_CASE("credit window: money that was promised before it was charged counts as paid when it is charged") {
  CreditRules rules;
  rules.paid_share_divisor = 1;
  Shop shop;
  shop.ledger = relay_ledger(rules);
  open(shop.ledger, units(1'000'000));
  pay(shop.ledger, shop.channel, units(10'000));
  CHECK(shop.window() == kPrice);
  for (int i = 0; i < 16; ++i) shop.deliver(shop.channel);
  CHECK(shop.window() == units(200));
}

TEST_CASE("credit window: who leaves owing starts anew, who leaves even does not") {
  CreditRules rules;
  rules.paid_share_divisor = 1;
  Shop shop;
  shop.ledger = relay_ledger(rules);
  open(shop.ledger, units(1'000'000));
  pay(shop.ledger, shop.channel, units(1600));
  for (int i = 0; i < 16; ++i) shop.deliver(shop.channel);
  REQUIRE(shop.window() == units(200));
  CHECK_FALSE(shop.ledger.payer_left(kPayer.address()).has_value());
  CHECK(shop.window() == units(200));
  shop.deliver(shop.channel);
  CHECK(shop.ledger.payer_left(kPayer.address()).has_value());
  CHECK(shop.window() == kPrice);
}

TEST_CASE("redelivery: a chunk that was charged and lost comes again for free") {
  Shop shop;
  shop.deliver(shop.channel);
  const auto answer = shop.ledger.reserve(shop.channel, chunk(0), kPrice, kPrice, kNow).value();
  const auto reservation = std::get<Reservation>(answer);
  CHECK(reservation.redelivery);
  CHECK(reservation.price == kPrice);
  CHECK_FALSE(shop.ledger.charge(reservation, kPrice, kNow).has_value());
  CHECK(shop.ledger.find(shop.channel)->charged == kPrice);
  CHECK(shop.ledger.find(shop.channel)->reserved == units(0));
}

TEST_CASE("redelivery: three times, and one that was released does not count") {
  Shop shop;
  shop.deliver(shop.channel);
  for (int i = 0; i < 5; ++i) {
    shop.ledger.release(std::get<Reservation>(shop.ledger.reserve(shop.channel, chunk(0), kPrice, kPrice, kNow).value()));
  }
  for (int i = 0; i < 3; ++i) CHECK(shop.redelivers(0));
  CHECK_FALSE(shop.redelivers(0));
}

TEST_CASE("redelivery: what the client has confirmed is not given again for free") {
  Shop shop;
  shop.deliver(shop.channel);
  pay(shop.ledger, shop.channel, units(100), units(100));
  CHECK_FALSE(shop.redelivers(0));
}

TEST_CASE("redelivery: once all is confirmed, new deliveries do not make old ones free again") {
  Shop shop;
  pay(shop.ledger, shop.channel, units(1000));
  shop.deliver(shop.channel);
  shop.ledger.confirm(shop.channel, units(100));
  shop.deliver(shop.channel);
  CHECK_FALSE(shop.redelivers(0));
  CHECK(shop.redelivers(1));
}

TEST_CASE("redelivery: not after ten minutes") {
  Shop shop;
  shop.deliver(shop.channel);
  CHECK(shop.redelivers(0, kNow + minutes{10}));
  CHECK(shop.required_for(0, kNow + minutes{11}) == units(100));
}

TEST_CASE("redelivery: works without credit left, since nothing is added") {
  Shop shop;
  shop.deliver(shop.channel);
  CHECK_FALSE(shop.admits(shop.channel));
  CHECK(shop.redelivers(0));
}
