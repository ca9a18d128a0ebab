// Closing by agreement: what a relay gives back, and that no client gets more.

#include <doctest/doctest.h>

#include "tests/unit/channels/parties.hpp"

using namespace ferry;
using namespace ferry::channels;
using namespace ferry::channels::test;

namespace {

/// A channel of 1,000 units of which `charged` were delivered and `promised` are covered by a voucher.
struct ClosingTrial {
  RelayLedger ledger = relay_ledger();
  std::vector<base::Bytes> records;

  explicit ClosingTrial(base::Amount charged = units(300), base::Amount promised = units(400)) {
    durable(ledger.open(config(), holding(units(1000))).value());
    if (!promised.is_zero()) durable(ledger.check_voucher(sign_voucher(kDomain, id(), promised, kPayer), {}).value());
    if (!charged.is_zero()) deliver(charged);
  }
  void durable(const Record& record) {
    records.push_back(pack(record));
    ledger.apply(record);
  }
  Reservation admitted(base::Amount price) { return std::get<Reservation>(ledger.reserve(id(), chunk(records.size()), price, price, kNow).value()); }
  void deliver(base::Amount price) { records.push_back(pack(*ledger.charge(admitted(price), price, kNow))); }
  base::Result<RefundRecord> close(const ChainChannel& chain = holding(units(1000)), std::uint64_t nonce = 0) {
    auto refund = ledger.close(id(), chain, nonce);
    if (refund) records.push_back(pack(*refund));
    return refund;
  }
  ChainChannel facts() const { return ledger.find(id())->chain; }
  void sync(const ChainChannel& chain) { durable(ledger.sync(id(), chain).value()); }
  RelayLedger replayed() const {
    RelayLedger again = relay_ledger();
    for (const auto& record : records) REQUIRE(again.replay(record).has_value());
    return again;
  }
};

}  // namespace

TEST_CASE("closing: what was not charged goes back, prepaid or not, and nothing more is sold") {
  ClosingTrial trial;
  const auto refund = trial.close();
  REQUIRE(refund.has_value());
  CHECK(refund->amount == units(700));
  CHECK(refund->nonce == 0);
  CHECK(trial.ledger.find(id())->status == ChannelStatus::draining);
  CHECK(code_of(trial.ledger.reserve(id(), chunk(9), units(1), units(1), kNow)) == "channel_not_open");
  CHECK(code_of(trial.ledger.check_voucher(sign_voucher(kDomain, id(), units(500), kPayer), {})) == "voucher_channel_not_open");
  // The relay can still claim all that it has charged once the refund is executed.
  trial.sync(holding(units(300)));
  CHECK(trial.ledger.find(id())->claimable() == units(300));
}

TEST_CASE("closing: the answer stays the same until the chain has used it up, also after a deposit and after a restart") {
  ClosingTrial trial;
  REQUIRE(trial.close().has_value());
  trial.sync(holding(units(5000)));
  CHECK(trial.close(holding(units(5000)))->amount == units(700));
  auto again = trial.replayed();
  CHECK(again.find(id())->status == ChannelStatus::draining);
  CHECK(again.close(id(), holding(units(5000)), 0)->amount == units(700));
  RelayLedger compacted = relay_ledger();
  for (const auto& record : again.snapshot()) REQUIRE(compacted.replay(record).has_value());
  CHECK(compacted.snapshot() == again.snapshot());
  CHECK(compacted.close(id(), holding(units(5000)), 0)->amount == units(700));
  CHECK(compacted.find(id())->refund == SignedRefund{0, units(700)});
}

TEST_CASE("closing: what is deposited after a refund goes back by the next one, and no more") {
  ClosingTrial trial;
  REQUIRE(trial.close().has_value());
  trial.sync(holding(units(300)));
  CHECK(code_of(trial.close(holding(units(300)), 1)) == "close_nothing");
  trial.sync(holding(units(340)));
  const auto second = trial.close(holding(units(340)), 1);
  REQUIRE(second.has_value());
  CHECK(second->nonce == 1);
  CHECK(second->amount == units(40));
  CHECK(trial.close(holding(units(340)), 0)->amount == units(40));  // a node that lags behind brings nothing old back
  CHECK(trial.replayed().find(id())->refund == SignedRefund{1, units(40)});
}

TEST_CASE("closing: of two views of the chain the one counts that costs the relay nothing") {
  ClosingTrial trial;
  SUBCASE("a balance that fell") { CHECK(trial.close(holding(units(600)))->amount == units(300)); }
  SUBCASE("a balance that the books know to be lower") {
    trial.sync(holding(units(600)));
    CHECK(trial.close(holding(units(1000)))->amount == units(300));
  }
  SUBCASE("a claim that the books do not know") {
    auto claimed = holding(units(1000));
    claimed.total_claimed = units(350);
    CHECK(trial.close(claimed)->amount == units(650));
  }
}

TEST_CASE("closing: is refused while something is delivered, is owed, or a withdrawal could take it twice") {
  SUBCASE("in flight") {
    ClosingTrial trial;
    const auto reservation = trial.admitted(units(50));
    CHECK(code_of(trial.close()) == "channel_busy");
    CHECK(trial.ledger.find(id())->status == ChannelStatus::open);
    trial.records.push_back(pack(*trial.ledger.charge(reservation, units(50), kNow)));
    CHECK(trial.close()->amount == units(650));
  }
  SUBCASE("owing") {
    ClosingTrial trial(units(100), {});
    CHECK(code_of(trial.close()) == "close_owing");
    CHECK(trial.ledger.find(id())->status == ChannelStatus::open);
    trial.durable(trial.ledger.check_voucher(sign_voucher(kDomain, id(), units(100), kPayer), {}).value());
    CHECK(trial.close()->amount == units(900));
  }
  SUBCASE("withdrawing") {
    ClosingTrial trial;
    auto chain = holding(units(1000));
    chain.pending_withdraw = units(700);
    CHECK(code_of(trial.close(chain)) == "close_claims_first");
    trial.sync(chain);
    CHECK(code_of(trial.close()) == "close_claims_first");
    chain.total_claimed = units(300);
    CHECK(trial.close(chain)->amount == units(700));
  }
  SUBCASE("nothing") { CHECK(code_of(ClosingTrial(units(1000), units(1000)).close()) == "close_nothing"); }
  SUBCASE("closed") {
    ClosingTrial trial;
    auto chain = holding(units(300));
    chain.total_claimed = units(300);
    chain.closed = true;
    CHECK(code_of(trial.close(chain)) == "channel_closed");
  }
  SUBCASE("unknown") { CHECK(code_of(relay_ledger().close(id(), holding(units(1)), 0)) == "channel_unknown"); }
}

TEST_CASE("closing: a journal with a refund that cannot be its own is refused") {
  ClosingTrial trial;
  REQUIRE(trial.close().has_value());
  CHECK(code_of(relay_ledger().replay(pack(RefundRecord{id(), 0, units(1)}))) == "journal_record");
  CHECK(code_of(trial.replayed().replay(pack(RefundRecord{id(), 1, units(1001)}))) == "journal_record");
  trial.sync(holding(units(340)));
  REQUIRE(trial.close(holding(units(340)), 1).has_value());
  CHECK(code_of(trial.replayed().replay(pack(RefundRecord{id(), 0, units(700)}))) == "journal_record");
}
