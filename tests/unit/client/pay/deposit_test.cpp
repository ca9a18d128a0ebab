#include "client/pay/deposit.hpp"

#include <set>

#include "tests/unit/client/pay/deposit_trial.hpp"

namespace ferry::client {

using base::Amount;
using base::Result;
using testing::DepositTrial;
using testing::TestLedger;

TEST_CASE("deposit: an empty wallet takes from the faucet, then the channel is open and known") {
  DepositTrial trial;
  const auto made = trial.deposit();
  REQUIRE(made.has_value());
  CHECK(made->granted == Amount::btt(10'000));
  CHECK(made->deposited == Amount::btt(100));
  CHECK(made->balance == Amount::btt(100));
  CHECK(made->opened);
  CHECK(trial.book.find(trial.id())->balance == Amount::btt(100));
  REQUIRE(trial.records.size() == 2);
  CHECK(std::holds_alternative<channels::PayerOpenRecord>(trial.records[0]));
}

TEST_CASE("deposit: the signed transaction is durable before it is sent") {
  DepositTrial trial;
  trial.durable = [&](const auto& make) -> Result<void> {
    CHECK(trial.chain.submits == 0);
    FERRY_TRY(const auto record, make(trial.book));
    const auto* opened = std::get_if<channels::PayerOpenRecord>(&record);
    REQUIRE(opened != nullptr);
    CHECK_FALSE(opened->raw_transaction.empty());
    return base::fail(base::environment("journal_io", "full"));
  };
  CHECK(trial.deposit().error().code == "journal_io");
  CHECK(trial.chain.submits == 0);
}

TEST_CASE("deposit: what the wallet holds bounds it, what the relay asks must be there") {
  DepositTrial trial;
  REQUIRE(take_test_money(trial.chain, trial.wallet.address(), [] { return false; }).has_value());
  trial.order.may_use_faucet = false;
  trial.order.wanted = Amount::btt(20'000);
  CHECK(trial.deposit()->deposited == Amount::btt(10'000));
  const auto refused = trial.deposit();
  CHECK(refused.error().code == "no_funds");
  CHECK(refused.error().message.find(trial.wallet.address().to_eip55()) != std::string::npos);
}

TEST_CASE("deposit: an answer that was lost is asked for again with the same bytes, and the money moves once") {
  DepositTrial trial;
  trial.chain.lose_submits = 2;
  const auto made = trial.deposit();
  REQUIRE(made.has_value());
  CHECK(trial.chain.submits == 3);
  CHECK(made->balance == Amount::btt(100));
  CHECK(trial.ledger.chain().balance_of(trial.wallet.address()).value == Amount::btt(9'900));
}

TEST_CASE("deposit: one of unknown fate is finished later, and the money moves once") {
  DepositTrial trial;
  trial.chain.lose_submits = 3;
  CHECK(trial.deposit().error().code == "deposit_unknown");
  const auto* channel = trial.book.find(trial.id());
  REQUIRE(channel != nullptr);
  CHECK(channel->balance.is_zero());
  const auto state = trial.finish();
  REQUIRE(state.has_value());
  CHECK(state->balance == Amount::btt(100));
  CHECK(trial.book.find(trial.id())->balance == Amount::btt(100));
  CHECK(trial.book.find(trial.id())->raw_transaction.empty());
  CHECK(trial.ledger.chain().balance_of(trial.wallet.address()).value == Amount::btt(9'900));
}

TEST_CASE("deposit: a faucet that refuses is named") {
  DepositTrial trial;
  REQUIRE(trial.deposit().has_value());
  REQUIRE(trial.ledger.chain().submit(*trial.chain.prepare(chain::Transfer{base::SecretKey::generate().address(), Amount::btt(9'900)}, trial.wallet).value).is_ok());
  CHECK(trial.deposit().error().code == "faucet_used");
}

TEST_CASE("withdraw: request, wait, take; nothing is signed from the first step on") {
  DepositTrial trial;
  REQUIRE(trial.deposit().has_value());
  const auto step = [&](base::Time now) { return withdraw_step(trial.chain, trial.id(), *trial.book.find(trial.id()), std::nullopt, trial.wallet, trial.durable, now, {}); };
  const auto requested = step(trial.now());
  REQUIRE(requested.has_value());
  CHECK(requested->kind == WithdrawStep::Kind::requested);
  CHECK(requested->amount == Amount::btt(100));
  CHECK(trial.book.find(trial.id())->closed);
  CHECK(trial.book.next_ceiling(trial.id(), Amount::btt(1), Amount::btt(1)).error().code == "channel_closed");

  const auto waiting = step(trial.now());
  CHECK(waiting->kind == WithdrawStep::Kind::waiting);
  CHECK(waiting->withdraw_at == requested->withdraw_at);

  trial.ledger.advance(std::chrono::hours(1));
  const auto taken = step(requested->withdraw_at);
  REQUIRE(taken.has_value());
  CHECK(taken->kind == WithdrawStep::Kind::withdrawn);
  CHECK(taken->amount == Amount::btt(100));
  CHECK(trial.ledger.chain().balance_of(trial.wallet.address()).value == Amount::btt(10'000));
  CHECK(step(requested->withdraw_at)->kind == WithdrawStep::Kind::nothing);
}

TEST_CASE("withdraw: the channel is closed in the journal before the chain is asked") {
  DepositTrial trial;
  REQUIRE(trial.deposit().has_value());
  const int submits = trial.chain.submits;
  const MakeDurable failing = [](const auto&) -> Result<void> { return base::fail(base::environment("journal_io", "full")); };
  CHECK(withdraw_step(trial.chain, trial.id(), *trial.book.find(trial.id()), std::nullopt, trial.wallet, failing, trial.now(), {}).error().code == "journal_io");
  CHECK(trial.chain.submits == submits);
}

TEST_CASE("deposit: a step that clears the way is durable, sent and followed by the deposit; every fee is counted") {
  DepositTrial trial;
  trial.chain.steps = 2;
  trial.chain.fee = Amount::from_units(5);
  const auto made = trial.deposit();
  REQUIRE(made.has_value());
  CHECK(made->balance == Amount::btt(100));
  CHECK(trial.chain.submits == 3);
  CHECK(made->transaction == trial.chain.submitted.back());
  CHECK(trial.book.find(trial.id())->fees == Amount::from_units(15));
  CHECK(trial.book.find(trial.id())->raw_transaction.empty());
}

TEST_CASE("deposit: stopped after any record, the next start finishes it with one deposit and counts each fee once") {
  for (std::size_t kept = 1; kept <= 5; ++kept) {
    CAPTURE(kept);
    DepositTrial trial;
    trial.chain.steps = 1;
    trial.chain.fee = Amount::from_units(5);
    const auto unlimited = trial.durable;
    trial.durable = [&](const auto& make) -> Result<void> {
      if (trial.records.size() >= kept) return base::fail(base::environment("journal_io", "killed here"));
      return unlimited(make);
    };
    const bool done = trial.deposit().has_value();
    CHECK(done == (kept == 5));
    trial.durable = unlimited;
    if (!done) REQUIRE(trial.finish().has_value());
    CHECK(trial.book.find(trial.id())->balance == Amount::btt(100));
    CHECK(trial.book.find(trial.id())->fees == Amount::from_units(10));
    CHECK(trial.ledger.chain().read_channel(trial.id()).value->balance == Amount::btt(100));
  }
}

TEST_CASE("deposit: one that failed for good is forgotten; where another took its place, the channel tells") {
  DepositTrial trial;
  trial.chain.fails = base::refusal("transaction_invalid", "no chain takes it");
  CHECK(trial.deposit().error().code == "transaction_invalid");
  CHECK(trial.book.find(trial.id())->raw_transaction.empty());

  trial.chain.fails.reset();
  trial.chain.lose_submits = 3;
  CHECK(trial.deposit().error().code == "deposit_unknown");
  trial.chain.fails = base::refusal("nonce_used", "its receipt is gone");
  const auto state = trial.finish();
  REQUIRE(state.has_value());
  CHECK(state->balance == Amount::btt(100));

  trial.chain.fails = base::refusal("nonce_used", "another took its place");
  CHECK(trial.deposit().error().code == "nonce_used");
  CHECK_FALSE(trial.book.find(trial.id())->raw_transaction.empty());
  CHECK(trial.finish().error().code == "nonce_used");
  CHECK(trial.book.find(trial.id())->raw_transaction.empty());
}

TEST_CASE("deposit: a chain is waited for within patience, and whoever waits is told") {
  DepositTrial trial;
  trial.chain.lose_submits = 6;
  int told = 0;
  Waiting waiting;
  waiting.patience = base::Duration{60'000};
  waiting.look_again = base::Duration{0};
  waiting.tell = [&](const WaitingTransaction& transaction) {
    ++told;
    CHECK(transaction.id == trial.chain.submitted.back());
    CHECK(transaction.why.code == "ledger_timeout");
  };
  REQUIRE(make_deposit(trial.chain, trial.domain, trial.order, trial.wallet, trial.durable, waiting).has_value());
  CHECK(told == 6);
  CHECK(std::set(trial.chain.submitted.begin(), trial.chain.submitted.end()).size() == 1);

  trial.chain.lose_submits = 1'000'000;
  waiting.cancelled = [&] { return trial.chain.submits > 20; };
  CHECK(make_deposit(trial.chain, trial.domain, trial.order, trial.wallet, trial.durable, waiting).error().code == "deposit_unknown");
}

TEST_CASE("withdraw: killed after any record, the next call goes on; nothing is asked for twice") {
  DepositTrial trial;
  REQUIRE(trial.deposit().has_value());
  trial.chain.fee = Amount::from_units(5);
  trial.chain.lose_submits = 3;
  const auto step = [&](base::Time now) {
    return withdraw_step(trial.chain, trial.id(), *trial.book.find(trial.id()), std::nullopt, trial.wallet, trial.durable, now, {});
  };
  CHECK(step(trial.now()).error().code == "withdraw_unknown");
  CHECK_FALSE(trial.book.find(trial.id())->withdrawal.empty());
  const auto waiting = step(trial.now());
  REQUIRE(waiting.has_value());
  CHECK(waiting->kind == WithdrawStep::Kind::waiting);
  CHECK(trial.book.find(trial.id())->withdrawal.empty());
  CHECK(trial.book.find(trial.id())->fees == Amount::from_units(5));
  CHECK(std::set(trial.chain.submitted.begin() + 1, trial.chain.submitted.end()).size() == 1);
}

}  // namespace ferry::client
