#include "client/pay/close_channel.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "tests/unit/client/test_relay.hpp"

namespace ferry::client {

using base::Amount;
using base::Result;
using testing::TestLedger;

namespace {

/// A channel with 100 BTT, of which 10 were confirmed and 12 promised, and a relay's ledger on the other side.
struct ClosingTrial {
  TestLedger ledger;
  base::SecretKey wallet = base::SecretKey::generate();
  base::SecretKey session = base::SecretKey::generate();
  base::SecretKey relay_key = base::SecretKey::generate();
  base::Domain domain = ledger.domain();
  base::Hash256 separator = base::domain_separator(domain);
  channels::PayerLedger book{separator};
  channels::ChannelConfig config;
  base::ChannelId id;
  std::vector<channels::Record> records;
  std::vector<wire::CloseChannel> asked;
  int dies_at_record = -1;  ///< as a kill before the record is durable does; counts down
  Amount relay_keeps = Amount::btt(10);
  Amount relay_holds = Amount::btt(12);  ///< of vouchers

  MakeDurable durable = [this](const auto& make) -> Result<void> {
    FERRY_TRY(const auto record, make(book));
    if (dies_at_record-- == 0) return base::fail(base::environment("killed", "before the record"));
    records.push_back(record);
    book.apply(record);
    return {};
  };

  ClosingTrial() {
    REQUIRE(take_test_money(ledger.chain(), wallet.address(), [] { return false; }).has_value());
    DepositOrder order;
    order.relay = "ferry://relay";
    order.config.payer = wallet.address();
    order.config.payer_authorizer = session.address();
    order.config.receiver = order.config.receiver_authorizer = relay_key.address();
    order.config.token = ledger.chain().info().value->token;
    order.config.withdraw_delay = channels::kMinWithdrawDelay;
    order.wanted = order.at_least = Amount::btt(100);
    config = order.config;
    id = make_deposit(ledger.chain(), domain, order, wallet, durable, {}).value().channel;
    note(channels::ReserveCeilingRecord{id, Amount::btt(12)});
    book.signed_up_to(id, Amount::btt(12));
    note(channels::SignedRecord{id, Amount::btt(12), {}, {}});
    note(book.delivered(id, {}, 0, {}, Amount::btt(10), Amount::btt(10)));
  }
  void note(const channels::Record& record) {
    records.push_back(record);
    book.apply(record);
  }
  wire::CloseSigned signed_for(Amount amount, std::uint64_t nonce = 0) const {
    const auto held = channels::sign_voucher(separator, id, relay_holds, session).signature;
    return {id, nonce, amount, relay_key.sign(channels::refund_digest(separator, id, nonce, amount)), relay_holds, held};
  }
  Result<std::optional<WithdrawStep>> close() {
    const AskToClose ask = [this](const wire::CloseChannel& message) -> Result<wire::CloseSigned> {
      asked.push_back(message);
      return signed_for(Amount::btt(100).minus(relay_keeps).value());
    };
    const CloseOrder order{ask, wallet, session, separator};
    return close_channel(ledger.chain(), id, *book.find(id), order, durable, base::Time{}, {});
  }
  /// What the journal holds, as the next start reads it.
  void restart() {
    channels::PayerLedger again{separator};
    for (const auto& record : records) REQUIRE(again.replay(channels::pack(record)).has_value());
    book = std::move(again);
    dies_at_record = -1;
  }
  Amount money() { return *ledger.chain().balance_of(wallet.address()).value; }
};

}  // namespace

TEST_CASE("close channel: the last voucher is the highest that was signed, and the channel is closed before the relay is asked") {
  ClosingTrial trial;
  const auto step = trial.close();
  REQUIRE(step.has_value());
  REQUIRE(step->has_value());
  CHECK((*step)->kind == WithdrawStep::Kind::refunded);
  CHECK((*step)->amount == Amount::btt(90));
  CHECK((*step)->adopted.is_zero());
  CHECK(trial.money() == Amount::btt(9'990));
  REQUIRE(trial.asked.size() == 1);
  const auto& question = trial.asked[0];
  CHECK(question.ceiling == Amount::btt(12));
  CHECK(question.confirmed == Amount::btt(10));
  const auto digest = channels::voucher_digest(trial.separator, trial.id, question.ceiling);
  CHECK(base::check_signature(digest, *question.signature, trial.session.address()).has_value());
  CHECK(trial.book.find(trial.id)->closed);
  CHECK(trial.book.find(trial.id)->withdrawal.empty());
}

TEST_CASE("close channel: what the relay keeps within what was promised is adopted, a unit more is refused before anything is sent") {
  ClosingTrial trial;
  SUBCASE("as much as was promised") {
    trial.relay_keeps = Amount::btt(12);
    const auto step = trial.close();
    REQUIRE(step.has_value());
    CHECK((*step)->amount == Amount::btt(88));
    CHECK((*step)->adopted == Amount::btt(2));
    CHECK(trial.book.find(trial.id)->confirmed == Amount::btt(12));
    CHECK(trial.book.find(trial.id)->adopted == Amount::btt(2));
    CHECK((**trial.close()).kind == WithdrawStep::Kind::nothing);
  }
  SUBCASE("a unit more") {
    trial.relay_keeps = Amount::btt(12).plus(Amount::from_units(1)).value();
    CHECK(trial.close().error().code == "refund_too_low");
    CHECK(trial.money() == Amount::btt(9'900));
    CHECK(trial.book.find(trial.id)->confirmed == Amount::btt(10));
  }
}

TEST_CASE("close channel: a voucher that a crash took out of the journal counts when the relay shows it, one beyond what was reserved does not") {
  ClosingTrial trial;
  trial.note(channels::ReserveCeilingRecord{trial.id, Amount::btt(20)});
  trial.relay_keeps = trial.relay_holds = Amount::btt(15);
  SUBCASE("shown") {
    const auto step = trial.close();
    REQUIRE(step.has_value());
    CHECK((*step)->amount == Amount::btt(85));
    CHECK((*step)->adopted == Amount::btt(5));
    return;
  }
  SUBCASE("not shown") {
    trial.relay_holds = Amount::btt(12);
    CHECK(trial.close().error().code == "refund_too_low");
  }
  SUBCASE("never reserved") {
    trial.relay_holds = Amount::btt(21);
    CHECK(trial.close().error().code == "wallet_outdated");
  }
  CHECK(trial.money() == Amount::btt(9'900));
}

TEST_CASE("close channel: killed before any of its records, the next call ends with the same money") {
  for (int at = 0; at < 8; ++at) {
    CAPTURE(at);
    ClosingTrial trial;
    trial.relay_keeps = Amount::btt(11);
    trial.dies_at_record = at;
    const auto killed = trial.close();
    if (killed) {  // it has fewer records
      CHECK(at >= 5);
      break;
    }
    CHECK(killed.error().code == "killed");
    trial.restart();
    const auto step = trial.close();
    REQUIRE_MESSAGE(step.has_value(), step.error().message);
    CHECK(trial.money() == Amount::btt(9'989));
    CHECK(trial.book.find(trial.id)->confirmed == Amount::btt(11));
    CHECK(trial.book.find(trial.id)->closed);
    for (const auto& question : trial.asked) CHECK(question.ceiling == Amount::btt(12));
  }
}

TEST_CASE("close channel: a device without the channel's key does not ask, nor does who has nothing in it") {
  ClosingTrial trial;
  SUBCASE("another key") {
    trial.session = base::SecretKey::generate();
    CHECK(trial.close().error().code == "channel_of_another_key");
  }
  SUBCASE("all is owed") {
    trial.note(trial.book.delivered(trial.id, {}, 1, {}, Amount::btt(90), Amount::btt(100)));
    const auto step = trial.close();
    REQUIRE(step.has_value());
    CHECK_FALSE(step->has_value());
  }
  CHECK(trial.asked.empty());
}

}  // namespace ferry::client
