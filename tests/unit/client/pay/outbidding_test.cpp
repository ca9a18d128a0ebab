// A transaction of a payer that waits is outbid.

#include "tests/unit/client/pay/deposit_trial.hpp"

namespace ferry::client {

using base::Amount;
using testing::DepositTrial;

TEST_CASE("outbidding: what waits too long is sent again for a higher fee, durable before that, and counts once") {
  DepositTrial trial;
  trial.be_patient();
  trial.chain.waits = 2;
  trial.chain.on_submit = [&](const chain::RawTransaction& transaction) {
    if (!trial.chain.bids.contains(transaction.id)) return;
    const auto& kept = trial.book.find(trial.id())->bids;
    CHECK(std::ranges::any_of(kept, [&](const auto& bid) { return bid.raw == transaction.bytes; }));
  };
  SUBCASE("after a while") {}
  SUBCASE("at once when the nodes ask for more") {
    trial.waiting.outbid_after = base::Duration{600'000};
    trial.chain.waits_for = "transaction_underpriced";
  }
  const auto made = trial.deposit();
  REQUIRE(made.has_value());
  CHECK(trial.chain.bids.contains(made->transaction));
  CHECK(made->balance == Amount::btt(100));
  const auto& channel = *trial.book.find(trial.id());
  CHECK(channel.fees == Amount::from_units(3));
  CHECK(channel.raw_transaction.empty());
  CHECK(channel.bids.empty());
  CHECK(trial.money() == Amount::btt(9'900));
}

TEST_CASE("outbidding: the first that is executed after all counts as well") {
  DepositTrial trial;
  trial.be_patient();
  trial.chain.waits = 1;
  trial.chain.on_submit = [&](const chain::RawTransaction& transaction) {
    const auto bid = trial.chain.bids.find(transaction.id);
    if (bid == trial.chain.bids.end()) return;
    REQUIRE(trial.ledger.chain().submit(bid->second).is_ok());
    trial.chain.waits = 1;  // the bid itself never comes through
  };
  const auto made = trial.deposit();
  REQUIRE(made.has_value());
  CHECK_FALSE(trial.chain.bids.contains(made->transaction));
  CHECK(trial.book.find(trial.id())->fees == Amount::from_units(3));
  CHECK(trial.book.find(trial.id())->bids.empty());
  CHECK(trial.money() == Amount::btt(9'900));
}

TEST_CASE("outbidding: a restart sends the dearest again, and forgets all of them together") {
  for (const bool compact : {false, true}) {
    CAPTURE(compact);
    DepositTrial trial;
    trial.be_patient();
    trial.chain.waits = 1'000'000;
    trial.waiting.cancelled = [&] { return trial.chain.bids.size() == 2; };
    CHECK(trial.deposit().error().code == "deposit_unknown");
    trial.restart(compact);
    REQUIRE(trial.book.find(trial.id())->bids.size() == 2);
    const auto dearest = chain::transaction_id(trial.book.find(trial.id())->bids.back().raw);
    trial.chain.waits = 0;
    trial.waiting.cancelled = [] { return false; };
    REQUIRE(trial.finish().has_value());
    CHECK(trial.chain.submitted.back() == dearest);
    CHECK(trial.book.find(trial.id())->fees == Amount::from_units(3));
    CHECK(trial.book.find(trial.id())->bids.empty());
    CHECK(trial.money() == Amount::btt(9'900));
  }
}

TEST_CASE("outbidding: a withdrawal is outbid as a deposit is") {
  DepositTrial trial;
  REQUIRE(trial.deposit().has_value());
  trial.be_patient();
  trial.chain.waits = 2;
  const auto step = withdraw_step(trial.chain, trial.id(), *trial.book.find(trial.id()), std::nullopt, trial.wallet, trial.durable, trial.now(), trial.waiting);
  REQUIRE(step.has_value());
  CHECK(step->kind == WithdrawStep::Kind::requested);
  CHECK_FALSE(trial.chain.bids.empty());
  CHECK(trial.book.find(trial.id())->withdrawal.empty());
  CHECK(trial.book.find(trial.id())->bids.empty());
  CHECK(trial.book.find(trial.id())->fees == Amount::from_units(3));
}

}  // namespace ferry::client
