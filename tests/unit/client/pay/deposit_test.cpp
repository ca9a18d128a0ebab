#include "client/pay/deposit.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "channels/chain/ledger_transaction.hpp"
#include "client/pay/withdraw.hpp"
#include "tests/unit/client/test_relay.hpp"

namespace ferry::client {

using base::Amount;
using base::Result;
using testing::TestLedger;

namespace {

/// A chain of which single answers can be lost.
class LossyChain final : public chain::ChainBackend {
 public:
  explicit LossyChain(chain::ChainBackend& real) : real_(real) {}
  int lose_submits = 0;      ///< answers of submit() that are lost although it took effect
  int submits = 0;
  int steps = 0;             ///< so many transactions come before a deposit
  Amount fee;                ///< of every transaction
  std::optional<base::Error> fails;  ///< what every transaction ends with for good
  int waits = 0;             ///< submits that change nothing, because the transaction waits
  std::string waits_for = "transaction_waits";
  bool can_outbid = false;
  std::map<chain::TransactionId, chain::RawTransaction> bids;  ///< each with what it stands for
  std::function<void(const chain::RawTransaction&)> on_submit = [](const auto&) {};
  std::set<chain::TransactionId> known_steps;
  std::vector<chain::TransactionId> submitted;
  chain::Outcome<chain::ChainInfo> info() override { return real_.info(); }
  chain::Outcome<Amount> balance_of(const base::Address& account) override { return real_.balance_of(account); }
  chain::Outcome<channels::ChainChannel> read_channel(const base::ChannelId& channel) override { return real_.read_channel(channel); }
  chain::Outcome<Amount> unsettled(const base::Address& receiver, const base::Address& token) override { return real_.unsettled(receiver, token); }
  chain::Outcome<chain::RawTransaction> prepare(const chain::Action& action, const base::SecretKey& from) override {
    if (!std::holds_alternative<chain::Deposit>(action) || steps == 0) return real_.prepare(action, from);
    --steps;
    auto step = real_.prepare(chain::Transfer{base::SecretKey::generate().address(), Amount::from_units(1)}, from);
    known_steps.insert(step.value->id);
    return step;
  }
  bool is_step(const chain::RawTransaction& transaction) const override { return known_steps.contains(transaction.id); }
  chain::Outcome<chain::Receipt> submit(const chain::RawTransaction& transaction) override {
    ++submits;
    submitted.push_back(transaction.id);
    on_submit(transaction);
    if (waits-- > 0) return chain::Outcome<chain::Receipt>::unknown(base::environment(waits_for, "in the pool"));
    if (fails) return chain::Outcome<chain::Receipt>::failed(*fails);
    const auto bid = bids.find(transaction.id);
    auto outcome = real_.submit(bid == bids.end() ? transaction : bid->second);
    if (outcome.is_ok()) {
      outcome.value->fee = fee;
      outcome.value->id = transaction.id;
    }
    if (lose_submits-- > 0) return chain::Outcome<chain::Receipt>::unknown(base::environment("ledger_timeout", "no answer"));
    return outcome;
  }
  chain::Outcome<chain::RawTransaction> outbid(const chain::RawTransaction& waiting, const base::SecretKey& from) override {
    if (!can_outbid) return ChainBackend::outbid(waiting, from);
    chain::RawTransaction bid = waiting;
    bid.bytes.push_back(1);
    bid.id = chain::transaction_id(bid.bytes);
    const auto stands_for = bids.find(waiting.id);
    bids[bid.id] = stands_for == bids.end() ? waiting : stands_for->second;
    return chain::Outcome<chain::RawTransaction>::ok(bid);
  }
  chain::Outcome<std::optional<chain::Receipt>> receipt(const chain::TransactionId& id) override {
    auto known = real_.receipt(id);
    if (known.is_ok() && *known.value) (*known.value)->fee = fee;
    return known;
  }
  chain::Outcome<std::vector<chain::ChainEvent>> events(const base::Address& r, std::uint64_t a, std::uint32_t l) override { return real_.events(r, a, l); }
  chain::Faucet* faucet() override { return real_.faucet(); }

 private:
  chain::ChainBackend& real_;
};

struct Trial {
  TestLedger ledger;
  LossyChain chain{ledger.chain()};
  base::SecretKey wallet = base::SecretKey::generate();
  base::Domain domain = ledger.domain();
  channels::PayerLedger book{base::domain_separator(domain)};
  std::vector<channels::Record> records;
  DepositOrder order;
  MakeDurable durable = [this](const auto& make) -> Result<void> {
    FERRY_TRY(const auto record, make(book));
    records.push_back(record);
    book.apply(record);
    return {};
  };

  Trial() {
    order.relay = "ferry://relay";
    order.config.payer = wallet.address();
    order.config.payer_authorizer = order.config.receiver = order.config.receiver_authorizer = base::SecretKey::generate().address();
    order.config.token = ledger.chain().info().value->token;
    order.config.withdraw_delay = channels::kMinWithdrawDelay;
    order.wanted = Amount::btt(100);
    order.at_least = Amount::btt(1);
    order.may_use_faucet = true;
  }
  Waiting waiting;
  Result<DepositMade> deposit() { return make_deposit(chain, domain, order, wallet, durable, waiting); }
  Result<channels::ChainChannel> finish() { return finish_deposit(chain, id(), *book.find(id()), wallet, durable, waiting); }
  /// As on a chain: waits for a minute, looks at once, outbids after a moment.
  void be_patient() {
    waiting.patience = base::Duration{60'000};
    waiting.look_again = base::Duration{1};
    waiting.outbid_after = base::Duration{1};
    chain.can_outbid = true;
    chain.fee = Amount::from_units(3);
  }
  /// What the journal holds, as the next start reads it; with `compact` after it was made short.
  void restart(bool compact) {
    const auto replayed = [this](const std::vector<base::Bytes>& packed) {
      channels::PayerLedger again{base::domain_separator(domain)};
      for (const auto& record : packed) REQUIRE(again.replay(record).has_value());
      return again;
    };
    std::vector<base::Bytes> packed;
    for (const auto& record : records) packed.push_back(channels::pack(record));
    book = replayed(packed);
    if (!compact) return;
    const auto snapshot = book.snapshot();
    book = replayed(snapshot);
    CHECK(book.snapshot() == snapshot);
  }
  Amount money() { return *ledger.chain().balance_of(wallet.address()).value; }
  base::ChannelId id() const { return channels::channel_id(base::domain_separator(domain), order.config); }
  base::Time now() const { return base::Time{std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count()}; }
};

}  // namespace

TEST_CASE("deposit: an empty wallet takes from the faucet, then the channel is open and known") {
  Trial trial;
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
  Trial trial;
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
  Trial trial;
  REQUIRE(take_test_money(trial.chain, trial.wallet.address(), [] { return false; }).has_value());
  trial.order.may_use_faucet = false;
  trial.order.wanted = Amount::btt(20'000);
  CHECK(trial.deposit()->deposited == Amount::btt(10'000));
  const auto refused = trial.deposit();
  CHECK(refused.error().code == "no_funds");
  CHECK(refused.error().message.find(trial.wallet.address().to_eip55()) != std::string::npos);
}

TEST_CASE("deposit: an answer that was lost is asked for again with the same bytes, and the money moves once") {
  Trial trial;
  trial.chain.lose_submits = 2;
  const auto made = trial.deposit();
  REQUIRE(made.has_value());
  CHECK(trial.chain.submits == 3);
  CHECK(made->balance == Amount::btt(100));
  CHECK(trial.ledger.chain().balance_of(trial.wallet.address()).value == Amount::btt(9'900));
}

TEST_CASE("deposit: one of unknown fate is finished later, and the money moves once") {
  Trial trial;
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
  Trial trial;
  REQUIRE(trial.deposit().has_value());
  REQUIRE(trial.ledger.chain().submit(*trial.chain.prepare(chain::Transfer{base::SecretKey::generate().address(), Amount::btt(9'900)}, trial.wallet).value).is_ok());
  CHECK(trial.deposit().error().code == "faucet_used");
}

TEST_CASE("withdraw: request, wait, take; nothing is signed from the first step on") {
  Trial trial;
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
  Trial trial;
  REQUIRE(trial.deposit().has_value());
  const int submits = trial.chain.submits;
  const MakeDurable failing = [](const auto&) -> Result<void> { return base::fail(base::environment("journal_io", "full")); };
  CHECK(withdraw_step(trial.chain, trial.id(), *trial.book.find(trial.id()), std::nullopt, trial.wallet, failing, trial.now(), {}).error().code == "journal_io");
  CHECK(trial.chain.submits == submits);
}

TEST_CASE("deposit: a step that clears the way is durable, sent and followed by the deposit; every fee is counted") {
  Trial trial;
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
    Trial trial;
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
  Trial trial;
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
  Trial trial;
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
  Trial trial;
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

TEST_CASE("outbidding: what waits too long is sent again for a higher fee, durable before that, and counts once") {
  Trial trial;
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
  Trial trial;
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
    Trial trial;
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
  Trial trial;
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
