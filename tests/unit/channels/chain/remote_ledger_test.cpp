#include "channels/chain/remote_ledger.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <nlohmann/json.hpp>

#include "channels/chain/ledger_api.hpp"
#include "channels/chain/ledger_json.hpp"
#include "tests/unit/channels/chain/ledger_room.hpp"

using namespace ferry;
using namespace ferry::chain;
using namespace ferry::chain::test;
using nlohmann::json;

namespace {

using Answer = Outcome<std::string>;

/// A transport that gives what the test has laid ready, and remembers what it was asked.
struct Script {
  std::deque<Answer> answers;
  std::vector<std::string> methods;

  LedgerTransport transport() {
    return [this](std::string_view method, std::string) {
      methods.emplace_back(method);
      REQUIRE_FALSE(answers.empty());
      auto answer = answers.front();
      answers.pop_front();
      return answer;
    };
  }
  void say(const json& body) { answers.push_back(Answer::ok(body.dump())); }
};

ChainInfo info_with(std::uint8_t contract) { return ChainInfo{"embedded", {1337, key_of(contract).address()}, key_of(9).address(), 900, true}; }

template <typename T>
std::string fate_of_question(const Outcome<T>& outcome) {
  if (outcome.is_ok()) return "ok";
  return (outcome.kind == Outcome<T>::Kind::failed ? "failed: " : "unknown: ") + outcome.error->code;
}

const RawTransaction kRaw = *sign_transaction(LedgerTransaction{{1337, key_of(1).address()}, {}, 0, Transfer{key_of(2).address(), units(1)}}, key_of(3));

std::string submitted(const Answer& answer) {
  Script script;
  script.answers.push_back(answer);
  return fate_of(RemoteLedger{script.transport()}.submit(kRaw));
}

std::string asked(const Answer& answer) {
  Script script;
  script.answers.push_back(answer);
  return fate_of_question(RemoteLedger{script.transport()}.balance_of(key_of(1).address()));
}

}  // namespace

TEST_CASE("remote ledger: only the ledger's own no is final for a transaction") {
  const auto not_sent = Answer::failed(base::environment("ledger_unreachable", ""));
  const auto no_answer = Answer::unknown(base::environment("ledger_no_answer", ""));
  const auto says = [](const base::Error& error) { return Answer::ok(write_error(error).dump()); };
  CHECK(submitted(not_sent) == "unknown: ledger_unreachable");
  CHECK(submitted(no_answer) == "unknown: ledger_no_answer");
  CHECK(submitted(says(base::refusal("nonce_used", ""))) == "failed: nonce_used");
  CHECK(submitted(says(base::peer_fault("pack_type", ""))) == "failed: pack_type");
  CHECK(submitted(says(base::environment("nonce_gap", ""))) == "unknown: nonce_gap");
  CHECK(submitted(says(base::bug("oops", ""))) == "unknown: oops");
  CHECK(submitted(Answer::ok(write_answer(ReceiptAnswer{Receipt{kRaw.id, true, "", 3}}).dump())) == "ok");
  CHECK(submitted(Answer::ok(write_answer(ReceiptAnswer{Receipt{kRaw.id, false, "channel_closed", 3}}).dump())) == "no: channel_closed");
}

TEST_CASE("remote ledger: an answer to a transaction that makes no sense leaves its fate open") {
  for (const std::string text : {"", "<html>502 Bad Gateway</html>", "{}", "[]", "{\"receipt\":null}", "{\"receipt\":5}", "{\"error\":5}"}) {
    CAPTURE(text);
    CHECK(submitted(Answer::ok(text)) == "unknown: ledger_answer");
  }
  CHECK(submitted(Answer::ok(write_answer(ReceiptAnswer{Receipt{TransactionId{}, true, "", 3}}).dump())) == "unknown: ledger_answer");
  CHECK(submitted(Answer::ok(std::string(kMaxLedgerText + 1, ' '))) == "unknown: ledger_answer");
}

TEST_CASE("remote ledger: a question that was not asked has failed, one that was not answered is open") {
  CHECK(asked(Answer::failed(base::environment("ledger_unreachable", ""))) == "failed: ledger_unreachable");
  CHECK(asked(Answer::unknown(base::environment("ledger_no_answer", ""))) == "unknown: ledger_no_answer");
  CHECK(asked(Answer::ok(write_error(base::environment("ledger_full", "")).dump())) == "failed: ledger_full");
  CHECK(asked(Answer::ok("{}")) == "unknown: ledger_answer");
  CHECK(asked(Answer::ok("{\"balance\":\"5\"}")) == "ok");
}

TEST_CASE("remote ledger: the faucet's money is counted only when the ledger says so") {
  const auto redeemed = [](const Answer& answer) {
    Script script;
    script.answers.push_back(answer);
    return fate_of_question(RemoteLedger{script.transport()}.redeem(FaucetProof{key_of(1).address(), 1, 2}));
  };
  CHECK(redeemed(Answer::failed(base::environment("ledger_unreachable", ""))) == "unknown: ledger_unreachable");
  CHECK(redeemed(Answer::ok(write_error(base::refusal("faucet_used", "")).dump())) == "failed: faucet_used");
  CHECK(redeemed(Answer::ok("{\"granted\":\"5\"}")) == "ok");

  Script script;
  script.say(write_answer(FaucetChallenge{key_of(2).address(), 1, 2, {}}));
  CHECK(fate_of_question(RemoteLedger{script.transport()}.challenge(key_of(1).address())) == "unknown: ledger_answer");
}

TEST_CASE("remote ledger: events out of order, too old or too many are refused") {
  const auto followed = [](std::vector<std::uint64_t> sequences, std::uint64_t after, std::uint32_t limit) {
    EventsAnswer events;
    for (const auto sequence : sequences) events.push_back(ChainEvent{sequence, EventKind::claimed, {}, units(1), at_seconds(0)});
    Script script;
    script.say(write_answer(events));
    return fate_of_question(RemoteLedger{script.transport()}.events(key_of(1).address(), after, limit));
  };
  CHECK(followed({5, 7, 8}, 4, 3) == "ok");
  CHECK(followed({}, 4, 3) == "ok");
  CHECK(followed({5, 5}, 4, 3) == "unknown: ledger_answer");
  CHECK(followed({6, 5}, 4, 3) == "unknown: ledger_answer");
  CHECK(followed({4}, 4, 3) == "unknown: ledger_answer");
  CHECK(followed({5, 6, 7, 8}, 4, 3) == "unknown: ledger_answer");
}

TEST_CASE("remote ledger: many events are asked for page by page") {
  const auto page = [](std::uint64_t first, std::uint64_t count) {
    EventsAnswer events;
    for (std::uint64_t i = 0; i < count; ++i) events.push_back(ChainEvent{first + i, EventKind::claimed, {}, units(1), at_seconds(0)});
    return write_answer(events);
  };
  Script script;
  RemoteLedger ledger{script.transport()};
  script.say(page(1, kEventsPage));
  script.say(page(1 + kEventsPage, kEventsPage));
  script.say(page(1 + 2 * kEventsPage, 7));
  const auto all = ledger.events(key_of(1).address(), 0, kMaxEvents);
  REQUIRE(all.is_ok());
  CHECK(all.value->size() == 2 * kEventsPage + 7);
  CHECK(all.value->back().sequence == 2 * kEventsPage + 7);
  CHECK(script.methods.size() == 3);

  // No more than was wanted, and nothing at all when one page is missing.
  script.say(page(1, kEventsPage));
  script.say(page(1 + kEventsPage, 10));
  CHECK(ledger.events(key_of(1).address(), 0, kEventsPage + 10).value->size() == kEventsPage + 10);
  script.say(page(1, kEventsPage));
  script.answers.push_back(Answer::unknown(base::environment("ledger_no_answer", "")));
  CHECK(fate_of_question(ledger.events(key_of(1).address(), 0, kMaxEvents)) == "unknown: ledger_no_answer");
  script.say(page(1, kEventsPage));
  script.say(page(kEventsPage, 1));
  CHECK(fate_of_question(ledger.events(key_of(1).address(), 0, kMaxEvents)) == "unknown: ledger_answer");
}

TEST_CASE("remote ledger: it signs for the ledger it first met and never for another") {
  Script script;
  RemoteLedger ledger{script.transport()};
  script.say(write_answer(info_with(1)));
  script.say(write_answer(NonceAnswer{4}));
  const auto raw = ledger.prepare(Transfer{key_of(2).address(), units(1)}, key_of(3));
  REQUIRE(raw.is_ok());
  CHECK(read_transaction(raw.value->bytes, info_with(1).domain)->nonce == 4);

  script.say(write_answer(info_with(2)));
  CHECK(fate_of_question(ledger.info()) == "failed: ledger_changed");
  script.say(write_answer(NonceAnswer{5}));
  const auto next = ledger.prepare(Transfer{key_of(2).address(), units(1)}, key_of(3));
  CHECK(read_transaction(next.value->bytes, info_with(1).domain).has_value());
  CHECK(script.methods == std::vector<std::string>{"info", "nonce", "info", "nonce"});
}

TEST_CASE("remote ledger: where the ledger is known beforehand another one is refused at once") {
  Script script;
  RemoteLedger ledger{script.transport(), info_with(1).domain};
  script.say(write_answer(info_with(2)));
  CHECK(fate_of_question(ledger.info()) == "failed: ledger_changed");
  script.say(write_answer(info_with(1)));
  CHECK(fate_of_question(ledger.info()) == "ok");
}

TEST_CASE("remote ledger: nothing is signed while the ledger cannot be asked") {
  Script script;
  RemoteLedger ledger{script.transport()};
  script.answers.push_back(Answer::failed(base::environment("ledger_unreachable", "")));
  CHECK(fate_of_question(ledger.prepare(Transfer{}, key_of(3))) == "failed: ledger_unreachable");
  script.say(write_answer(info_with(1)));
  script.answers.push_back(Answer::unknown(base::environment("ledger_no_answer", "")));
  CHECK(fate_of_question(ledger.prepare(Transfer{}, key_of(3))) == "unknown: ledger_no_answer");
}
