#include "channels/chain/ledger_api.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "channels/chain/json_reader.hpp"
#include "channels/chain/ledger_json.hpp"
#include "tests/unit/channels/chain/ledger_room.hpp"

using namespace ferry;
using namespace ferry::chain;
using namespace ferry::chain::test;
using nlohmann::json;

namespace {

struct ServedLedger : LedgerRoom {
  ServedLedger() : ledger(open()) { fund(*ledger, people.payer); }
  json ask(std::string_view method, const json& body) { return handle(*ledger, method, body); }
  json ask_text(std::string_view method, std::string_view body) { return json::parse(handle_text(*ledger, method, body)); }
  std::string code(const json& answer) { return answer.contains("error") ? answer["error"]["code"].get<std::string>() : "ok"; }

  People people;
  std::unique_ptr<EmbeddedLedger> ledger;
  const std::string payer = key_of(1).address().to_eip55();
};

}  // namespace

TEST_CASE_FIXTURE(ServedLedger, "ledger api: info, balance and nonce in plain JSON") {
  const auto info = ask("info", json::object());
  CHECK(info["name"] == "embedded");
  CHECK(info["chain_id"] == 1337);
  CHECK(info["token"] == "0x0000000000000000000000000000000000001010");
  CHECK(info["min_withdraw_delay_s"] == 900);
  CHECK(info["has_faucet"] == true);
  CHECK(ask("balance", {{"account", payer}}) == json{{"balance", "10000"}});
  CHECK(ask("nonce", {{"account", payer}}) == json{{"nonce", 0}});
}

TEST_CASE_FIXTURE(ServedLedger, "ledger api: a deposit from its bytes to its receipt, channel and event") {
  const auto config = channel_of(people, token_of(*ledger));
  const auto channel = hex_text(channels::channel_id(separator_of(*ledger), config).view());
  const auto raw = prepared(*ledger, Deposit{config, units(600)}, people.payer);
  CHECK(ask("receipt", {{"id", hex_text(raw.id.view())}}) == json{{"receipt", nullptr}});
  const auto answer = ask("submit", {{"transaction", hex_text(raw.bytes)}});
  CHECK(answer == json{{"receipt", {{"id", hex_text(raw.id.view())}, {"succeeded", true}, {"reason", ""}, {"block", 1}}}});
  CHECK(ask("receipt", {{"id", hex_text(raw.id.view())}}) == answer);
  CHECK(ask("channel", {{"channel", channel}}) ==
        json{{"balance", "600"}, {"total_claimed", "0"}, {"pending_withdraw", "0"}, {"withdraw_at_ms", 0}, {"closed", false}});
  const auto events = ask("events", {{"receiver", config.receiver.to_eip55()}, {"after", 0}, {"limit", 10}});
  CHECK(events == json{{"events", json::array({{{"sequence", 1},
                                                {"kind", "deposited"},
                                                {"channel", channel},
                                                {"amount", "600"},
                                                {"at_ms", at_seconds(0).unix_ms}}})}});
  CHECK(ask("unsettled", {{"receiver", config.receiver.to_eip55()}, {"token", config.token.to_eip55()}}) == json{{"unsettled", "0"}});
}

TEST_CASE_FIXTURE(ServedLedger, "ledger api: the faucet in two steps") {
  const auto me = people.stranger.address().to_eip55();
  const auto challenge = ask("faucet_challenge", {{"account", me}});
  CHECK(challenge["account"] == me);
  CHECK(challenge["difficulty_bits"] == 0);
  const json proof{{"account", me}, {"window", challenge["window"]}, {"number", 0}};
  CHECK(ask("faucet", proof) == json{{"granted", "10000"}});
  const auto again = ask("faucet", proof);
  CHECK(again["error"]["kind"] == "refusal");
  CHECK(code(again) == "faucet_used");
}

TEST_CASE_FIXTURE(ServedLedger, "ledger api: what is not exactly a request is refused with the member's name") {
  const auto refused = [&](std::string_view method, const json& body) {
    const auto answer = ask(method, body);
    REQUIRE(answer.contains("error"));
    CHECK(answer["error"]["kind"] == "peer_fault");
    return answer["error"]["message"].get<std::string>();
  };
  CHECK(refused("balance", json::object()).find("\"account\" is missing") != std::string::npos);
  CHECK(refused("balance", {{"account", 5}}).find("account") != std::string::npos);
  CHECK(refused("balance", {{"account", nullptr}}).find("account") != std::string::npos);
  CHECK(refused("balance", {{"account", payer}, {"extra", 1}}).find("\"extra\"") != std::string::npos);
  CHECK(refused("info", {{"extra", 1}}).find("\"extra\"") != std::string::npos);
  for (const json& body : {json(nullptr), json::array(), json("text"), json(5), json(true)}) {
    CHECK(refused("balance", body).find("object") != std::string::npos);
  }

  // Addresses have one spelling, and the message gives it.
  std::string lower = payer;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  CHECK(refused("balance", {{"account", lower}}).find(payer) != std::string::npos);
  CHECK(refused("balance", {{"account", people.payer.address().to_tron()}}).find(payer) != std::string::npos);

  const std::string zeros(64, '0');
  CHECK(code(ask("channel", {{"channel", "0x" + zeros}})) == "ok");
  for (const auto& text : {zeros, "0x" + zeros + "00", "0x" + zeros.substr(2), std::string{"0x"}, "0X" + zeros, "0x" + zeros.substr(1) + "A"}) {
    CHECK(code(ask("channel", {{"channel", text}})) == "json_member");
  }

  const auto events = [&](const json& after, const json& limit) {
    return code(ask("events", {{"receiver", payer}, {"after", after}, {"limit", limit}}));
  };
  CHECK(events(0, kEventsPage) == "ok");
  CHECK(events(kMaxJsonNumber, 0) == "ok");
  CHECK(events(kMaxJsonNumber + 1, 1) == "json_member");
  CHECK(events(0, kEventsPage + 1) == "json_member");
  CHECK(events(-1, 1) == "json_member");
  CHECK(events(0.5, 1) == "json_member");
  CHECK(events("0", 1) == "json_member");
  CHECK(events(json::parse("1e3"), 1) == "json_member");
}

TEST_CASE_FIXTURE(ServedLedger, "ledger api: a submission that is no transaction says why") {
  CHECK(code(ask("submit", {{"transaction", "0x"}})) == "pack_truncated");
  CHECK(code(ask("submit", {{"transaction", "0x00"}})) == "pack_type");
  CHECK(code(ask("submit", {{"transaction", "zz"}})) == "json_member");
  CHECK(code(ask("submit", {{"transaction", "0x" + std::string(2 * kMaxTransactionBytes + 2, '0')}})) == "json_member");
  const auto raw = sign_transaction(LedgerTransaction{ledger->info().value->domain, {}, 5, Transfer{people.stranger.address(), units(1)}}, people.payer);
  const auto gap = ask("submit", {{"transaction", hex_text(raw->bytes)}});
  CHECK(code(gap) == "nonce_gap");
  CHECK(gap["error"]["kind"] == "environment");
  CHECK(http_status(gap) == 503);
}

TEST_CASE_FIXTURE(ServedLedger, "ledger api: unknown methods, also those that look like paths, are refused") {
  for (const char* method : {"", "Info", "info/", "../info", "mint", "balance\n"}) {
    CHECK(code(ask(method, json::object())) == "ledger_method");
    CHECK_FALSE(is_ledger_method(method));
  }
  for (const auto method : kLedgerMethods) CHECK(code(ask(method, json::object())) != "ledger_method");
}

TEST_CASE_FIXTURE(ServedLedger, "ledger api: text that is not JSON, too deep, too long or ambiguous is refused") {
  for (const char* text : {"", " ", "{", "{}x", "{\"a\":}", "nul", "{'a':1}", "\xff", "{\"account\":\"\\ud800\"}", "[1,2"}) {
    CAPTURE(text);
    CHECK(code(ask_text("info", text)) == "json_syntax");
  }
  CHECK(code(ask_text("info", "{}")) == "ok");
  CHECK(code(ask_text("info", " {} ")) == "ok");
  CHECK(code(ask_text("balance", "{\"account\":\"" + payer + "\",\"account\":\"" + payer + "\"}")) == "json_syntax");

  CHECK(code(ask_text("info", std::string(kMaxLedgerText, '['))) == "json_syntax");
  std::string deep;
  for (int i = 0; i < 20'000; ++i) deep += "{\"a\":";
  CHECK(code(ask_text("info", deep)) == "json_syntax");
  CHECK(code(ask_text("info", "[[[[[[]]]]]]")) == "json_syntax");

  CHECK(code(ask_text("info", "{}" + std::string(kMaxLedgerText - 2, ' '))) == "ok");
  CHECK(code(ask_text("info", "{}" + std::string(kMaxLedgerText - 1, ' '))) == "json_too_long");
}

TEST_CASE_FIXTURE(ServedLedger, "ledger api: strangers do not learn where the ledger lies, its keeper does") {
  ledger.reset();
  std::vector<base::Error> heard;
  parameters.on_write_failure = [&](const base::Error& error) { heard.push_back(error); };
  parameters.max_bytes = 1;
  parameters.faucet->daily_total = Amount::btt(1);
  ledger = open();
  CHECK_FALSE(ledger->write_trouble());
  json answer;
  for (int i = 0; i < 5000 && code(answer) != "ledger_full"; ++i) {
    Address me;
    base::fill_random(me.data);
    const auto window = ledger->challenge(me).value->window;
    answer = ask("faucet", {{"account", me.to_eip55()}, {"window", window}, {"number", 0}});
  }
  REQUIRE(code(answer) == "ledger_full");
  CHECK(answer["error"]["message"].get<std::string>().find(file.string()) == std::string::npos);
  REQUIRE(heard.size() == 1);
  CHECK(heard[0].code == "ledger_full");
  CHECK(heard[0].message.find(file.string()) != std::string::npos);
  CHECK(ledger->write_trouble()->code == "ledger_full");
  CHECK(http_status(answer) == 503);
}

TEST_CASE("ledger api: each kind of answer has its HTTP status") {
  CHECK(http_status(json{{"balance", "0"}}) == 200);
  CHECK(http_status(write_error(base::peer_fault("a", "b"))) == 400);
  CHECK(http_status(write_error(base::refusal("a", "b"))) == 409);
  CHECK(http_status(write_error(base::environment("a", "b"))) == 503);
  CHECK(http_status(write_error(base::bug("a", "b"))) == 500);
}
