#include "channels/chain/ledger_json.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "channels/chain/json_reader.hpp"
#include "tests/unit/channels/chain/people.hpp"

using namespace ferry;
using namespace ferry::chain;
using namespace ferry::chain::test;
using nlohmann::json;

namespace {

/// Through text and back, as it travels.
template <typename T>
json there_and_back(const T& answer) {
  const auto text = write_answer(answer).dump();
  T again{};
  REQUIRE(read_answer(json::parse(text), again).has_value());
  return write_answer(again);
}

template <typename T>
std::string code_of(const json& body) {
  T answer{};
  const auto read = read_answer(body, answer);
  return read ? "ok" : read.error().code;
}

}  // namespace

TEST_CASE("ledger json: every answer comes back as it was written, at its limits too") {
  const auto max = Amount::max();
  ChainInfo info{"embedded", base::Domain{kMaxJsonNumber, key_of(1).address()}, key_of(2).address(), 900, true};
  CHECK(there_and_back(info) == write_answer(info));
  CHECK(there_and_back(BalanceAnswer{max}) == json{{"balance", "340282366920938463463374607431768211455"}});
  CHECK(there_and_back(NonceAnswer{kMaxJsonNumber}) == write_answer(NonceAnswer{kMaxJsonNumber}));
  const channels::ChainChannel channel{max, max, units(1), at_seconds(7), true};
  CHECK(there_and_back(channel) == write_answer(channel));
  CHECK(there_and_back(UnsettledAnswer{max}) == write_answer(UnsettledAnswer{max}));
  CHECK(there_and_back(ReceiptAnswer{}) == json{{"receipt", nullptr}});
  const ReceiptAnswer receipt{Receipt{TransactionId{}, false, "channel_closed", 9}};
  CHECK(there_and_back(receipt) == write_answer(receipt));
  const FaucetChallenge challenge{key_of(1).address(), 5, 18, base::Hash256::random()};
  CHECK(there_and_back(challenge) == write_answer(challenge));
  CHECK(there_and_back(GrantAnswer{max}) == write_answer(GrantAnswer{max}));
}

TEST_CASE("ledger json: a full page of the longest events fits an answer") {
  EventsAnswer events;
  for (std::size_t i = 0; i < kEventsPage; ++i) {
    ChainEvent event{kMaxJsonNumber, EventKind::withdraw_initiated, {}, Amount::max(), at_seconds(0)};
    event.channel.data.fill(0xff);
    events.push_back(event);
  }
  CHECK(write_answer(events).dump().size() < kMaxWrittenLedgerText);
  CHECK(there_and_back(events) == write_answer(events));
  events.push_back(events.front());
  CHECK(code_of<EventsAnswer>(write_answer(events)) == "json_member");
}

TEST_CASE("ledger json: all kinds of events have names") {
  for (std::uint8_t kind = 0; kind <= static_cast<std::uint8_t>(EventKind::channel_closed); ++kind) {
    const EventsAnswer events{ChainEvent{1, static_cast<EventKind>(kind), {}, units(1), at_seconds(0)}};
    EventsAnswer again;
    REQUIRE(read_answer(write_answer(events), again).has_value());
    CHECK(again.front().kind == events.front().kind);
  }
  auto body = write_answer(EventsAnswer{ChainEvent{}});
  body["events"][0]["kind"] = "exploded";
  CHECK(code_of<EventsAnswer>(body) == "json_member");
}

TEST_CASE("ledger json: a newer ledger may say more, but not something else") {
  json body = write_answer(BalanceAnswer{units(5)});
  body["color"] = "blue";
  CHECK(code_of<BalanceAnswer>(body) == "ok");
  for (const json& wrong : {json(5), json("05"), json("-5"), json("5.0"), json("0x5"), json(""), json(" 5"),
                            json("340282366920938463463374607431768211456"), json(nullptr)}) {
    CAPTURE(wrong.dump());
    body["balance"] = wrong;
    CHECK(code_of<BalanceAnswer>(body) == "json_member");
  }
  body.erase("balance");
  CHECK(code_of<BalanceAnswer>(body) == "json_member");
}

TEST_CASE("ledger json: a channel that has claimed more than it holds is a lie") {
  auto body = write_answer(channels::ChainChannel{units(5), units(5), units(0), base::Time{}, false});
  CHECK(code_of<channels::ChainChannel>(body) == "ok");
  body["total_claimed"] = "6";
  CHECK(code_of<channels::ChainChannel>(body) == "json_member");
}

TEST_CASE("ledger json: errors travel whole, and what only looks like one is none") {
  const auto error = base::refusal("faucet_used", "come back tomorrow");
  CHECK(read_error(write_error(error)) == error);
  CHECK_FALSE(read_error(json{{"balance", "5"}}).has_value());
  CHECK_FALSE(read_error(json{{"error", "text"}}).has_value());
  CHECK_FALSE(read_error(json{{"error", {{"kind", "anger"}, {"code", "a"}, {"message", "b"}}}}).has_value());
  CHECK_FALSE(read_error(json{{"error", {{"kind", "refusal"}, {"code", "a"}}}}).has_value());
  CHECK_FALSE(read_error(json::array()).has_value());
  // What a stranger writes is safe to print.
  const auto rude = read_error(json{{"error", {{"kind", "refusal"}, {"code", "a\x1b[31m"}, {"message", "b\nc"}}}});
  CHECK(rude->code == "a?[31m");
  CHECK(rude->message == "b?c");
}
