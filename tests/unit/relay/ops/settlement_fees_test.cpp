// Settlement on a ledger that takes fees: a row costs 20, a claim 40, settling 70.

#include <doctest/doctest.h>

#include "relay/ops/settlement.hpp"
#include "tests/unit/relay/ops/settlement_room.hpp"

using namespace ferry;
using namespace ferry::relay;
using namespace ferry::relay::test;
using chain::test::units;
using Fault = FaultyLedger::Fault;

namespace {

constexpr std::uint64_t kDeposit = 100'000;

struct FeeRoom : SettlementRoom {
  FeeRoom() { take_fees(); }
  void earn_from(std::uint64_t paid, std::uint8_t salt = 1) { earn(paid, salt, kDeposit); }
  ClaimReason reason(std::uint8_t salt = 1, Occasion occasion = Occasion::routine) {
    const auto preview = settlement().preview(now(), occasion);
    REQUIRE(preview);
    for (const auto& claim : preview->claims) {
      if (claim.channel == id(salt)) return claim.reason;
    }
    FAIL("the channel has nothing to claim");
    return {};
  }
  /// What the ledger has, and what the store says.
  void check_books() {
    base::Amount claimed_sum;
    for (const auto& [channel, facts] : book().channels()) claimed_sum = claimed_sum.plus_saturated(real->read_channel(channel).value->total_claimed);
    CHECK(book().totals().claimed == claimed_sum);
    CHECK(book().account().unsettled == *real->unsettled(people.beneficiary.address(), token).value);
    CHECK(beneficiary_has() == claimed_sum.minus_floored(book().account().unsettled));
  }
};

}  // namespace

TEST_CASE("settlement with fees: nothing is claimed that is not worth it, and what is worth it is, with its fee counted") {
  FeeRoom room;
  room.earn_from(999);
  REQUIRE(room.tick());
  CHECK(room.claimed() == units(0));
  CHECK(room.reason() == ClaimReason::waits);
  room.deliver(1000);
  room.ledger_room.wait_seconds(600);
  REQUIRE(room.tick());
  CHECK(room.claimed() == units(1000));
  CHECK(room.book().account().fees == units(9));  // one claim: to settle 1000 is not worth a hundred times 70
  CHECK(room.settlement().status().unsettled == units(1000));
  CHECK(room.beneficiary_has() == units(0));
  room.check_books();
}

TEST_CASE("settlement with fees: what was claimed is settled when it is worth it, weekly, or on the operator's word") {
  FeeRoom room;
  room.earn_from(6999);
  REQUIRE(room.tick());
  CHECK(room.beneficiary_has() == units(0));
  SUBCASE("weekly") {
    room.ledger_room.wait_seconds(7 * 86'400);
    REQUIRE(room.tick());
    CHECK(room.beneficiary_has() == units(6999));
  }
  SUBCASE("asked") {
    REQUIRE(room.settlement().claim(room.now()));
    CHECK(room.beneficiary_has() == units(6999));
    CHECK(room.book().account().fees == units(18));
  }
  SUBCASE("worth it") {
    room.deliver(8000);
    room.ledger_room.wait_seconds(600);
    REQUIRE(room.tick());
    CHECK(room.beneficiary_has() == units(8000));
  }
  room.check_books();
}

TEST_CASE("settlement with fees: a withdrawal is answered at once, if it pays, and dust is not chased") {
  FeeRoom room;
  room.earn_from(60, 1);
  room.earn_from(59, 2);
  REQUIRE(room.tick());
  room.withdraw(kDeposit, 1);
  REQUIRE(room.tick());
  CHECK(room.claimed(1) == units(60));
  room.withdraw(kDeposit, 2);
  REQUIRE(room.tick());
  CHECK(room.claimed(2) == units(0));
  CHECK(room.reason(2) == ClaimReason::batch_small);
  const int asked = room.faulty->calls;
  REQUIRE(room.tick());
  CHECK(room.faulty->calls - asked < 6);  // events and a look at two channels: no new attempt
  // The client gets its money back, and what could not be claimed is written off.
  room.ledger_room.wait_seconds(86'400);
  REQUIRE(chain::test::act(*room.real, chain::FinalizeWithdraw{room.config(2)}, room.people.payer) == "ok");
  REQUIRE(room.tick());
  CHECK(room.book().totals().lost == units(59));
  room.check_books();
}

TEST_CASE("settlement with fees: when the relay stops it claims what brings five times its cost") {
  FeeRoom room;
  room.earn_from(100, 1);
  room.earn_from(99, 2);
  REQUIRE(room.tick());
  REQUIRE(room.settlement().claim(room.now(), Occasion::stopping));
  CHECK(room.claimed(1) == units(100));
  CHECK(room.claimed(2) == units(0));
}

TEST_CASE("settlement with fees: what waits for a week is claimed at five times its cost, also when the relay started in between") {
  FeeRoom room;
  room.earn_from(100);
  REQUIRE(room.tick());
  room.ledger_room.wait_seconds(7 * 86'400 + 1);
  room.start();
  REQUIRE(room.tick());
  CHECK(room.claimed() == units(100));
}

TEST_CASE("settlement with fees: a refusal before anything is signed finds the bad row, costs nothing, and is not repeated for nothing") {
  FeeRoom room;
  for (std::uint8_t salt = 1; salt <= 4; ++salt) room.earn_from(1000, salt);
  room.faulty->poison.insert(room.id(3));
  room.faulty->prepare_refusal = "claim_above_ceiling";
  REQUIRE(room.tick());
  CHECK(room.claimed(1) == units(1000));
  CHECK(room.claimed(3) == units(0));
  const auto status = room.settlement().status();
  REQUIRE(status.refused.size() == 1);
  CHECK(status.refused[0].channel == room.id(3));
  CHECK(status.refused[0].why == "claim_above_ceiling");
  CHECK(room.reason(3) == ClaimReason::refused);
  CHECK(room.reason(3, Occasion::asked) == ClaimReason::asked);
  const auto claims = room.faulty->claim_sizes.size();
  room.ledger_room.wait_seconds(600);
  REQUIRE(room.tick());
  CHECK(room.faulty->claim_sizes.size() == claims);
  room.faulty->poison.clear();
  REQUIRE(room.settlement().claim(room.now()));
  CHECK(room.claimed(3) == units(1000));
  CHECK(room.settlement().status().refused.empty());
}

TEST_CASE("settlement with fees: a transaction that waits is outbid, both are durable, and one fee is counted") {
  FeeRoom room;
  room.earn_from(1000);
  room.faulty->can_outbid = true;
  room.faulty->submit_fault = Fault::request_lost;
  CHECK(room.tick().error().code == "settlement_pending");
  room.ledger_room.wait_seconds(299);
  CHECK(room.tick().error().code == "settlement_pending");
  CHECK(room.faulty->outbids.empty());
  room.ledger_room.wait_seconds(1);
  CHECK(room.tick().error().code == "settlement_pending");
  REQUIRE(room.faulty->outbids.size() == 1);
  CHECK(room.faulty->submitted.back().id == room.faulty->outbids[0].id);
  room.start();
  REQUIRE(room.book().prepared_transactions().size() == 1);
  CHECK(room.book().prepared_transactions()[0].bids.size() == 2);
  room.faulty->submit_fault = Fault::none;
  REQUIRE(room.tick());
  CHECK(room.claimed() == units(1000));
  CHECK(room.book().prepared_transactions().empty());
  CHECK(room.book().account().fees == units(9));
  CHECK(room.book().account().transactions == 1);
  room.check_books();
}

TEST_CASE("settlement with fees: too little money for fees is told") {
  FeeRoom room;
  REQUIRE(room.tick());
  CHECK_FALSE(room.settlement().status().lacks_fee_money());
  room.faulty->fee_money = 5 * (40 + 20 * 50) - 1;
  REQUIRE(room.settlement().claim(room.now()));
  CHECK(room.settlement().status().lacks_fee_money());
  CHECK(room.settlement().status().fee_money_wanted == units(5 * (40 + 20 * 50)));
}

TEST_CASE("settlement with fees: nodes that contradict each other make the relay blind at once") {
  FeeRoom room;
  REQUIRE(room.tick());
  CHECK_FALSE(room.settlement().is_blind(room.now()));
  room.faulty->disagrees = true;
  CHECK(room.tick().error().code == "chain_disagrees");
  CHECK(room.settlement().is_blind(room.now()));
  room.faulty->disagrees = false;
  REQUIRE(room.tick());
  CHECK_FALSE(room.settlement().is_blind(room.now()));
}

TEST_CASE("settlement with fees: a balance that changes is seen although no event tells of it") {
  FeeRoom room;
  room.earn_from(100);
  REQUIRE(room.tick());
  REQUIRE(chain::test::act(*room.real, chain::Deposit{room.config(), units(500)}, room.people.payer) == "ok");
  room.faulty->tells_events = false;
  REQUIRE(room.tick());
  CHECK(room.book().find(room.id())->chain.balance == units(kDeposit + 500));
}

TEST_CASE("settlement with fees: a crash before or after any call loses nothing, doubles nothing, and the store is the ledger to the last unit") {
  const auto earn = [](FeeRoom& room) {
    room.earn_from(5000, 1);
    room.earn_from(2000, 2);
  };
  const auto check = [](FeeRoom& room) {
    room.check_books();
    CHECK(room.beneficiary_has() == units(7000));
    CHECK(room.book().account().fees == units(18));
    CHECK(room.book().account().transactions == 2);
  };
  CHECK(SettlementRoom::crash_at_every_call<FeeRoom>(earn, check) > 20);
}
