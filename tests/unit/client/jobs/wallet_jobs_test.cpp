// The jobs with a JSON result: wallet, channels, quotes, relays.

#include "client/jobs/jobs.hpp"
#include "tests/unit/client/fetch/samples.hpp"

namespace ferry::client {

using namespace testing;
using nlohmann::json;

namespace {

struct Trial {
  TestLedger ledger;
  TestRelay relay{ledger};
  TestClient client{{&relay}};

  Trial() { relay.serve(kUrl, object_of(kMib)); }
  Answered show() {
    return client.run([](Core& core, KnownRelays& relays, const ResultJobPtr& job) { show_wallet(core, relays, job); });
  }
  Answered channels() {
    return client.run([](Core& core, KnownRelays& relays, const ResultJobPtr& job) { list_channels(core, relays, job); });
  }
  Answered faucet() {
    return client.run([](Core& core, KnownRelays& relays, const ResultJobPtr& job) { take_from_faucet(core, *relays.all()[0], job); });
  }
  Answered deposit(const char* amount) {
    return client.run([amount](Core&, KnownRelays& relays, const ResultJobPtr& job) { deposit_into_channel(*relays.all()[0], btt(amount), job); });
  }
  Answered withdraw(WithdrawWish wish = {}) {
    return client.run([wish](Core& core, KnownRelays& relays, const ResultJobPtr& job) { withdraw_from_channels(core, relays, wish, job); });
  }
  /// The only channel's entry.
  json withdrawn(WithdrawWish wish = {}) {
    const auto answered = *withdraw(wish).json;
    REQUIRE(answered["channels"].size() == 1);
    return answered["channels"][0];
  }
  base::Amount in_wallet() { return btt((*show().json)["ledgers"][0]["balance"].get<std::string>().c_str()); }
  Answered quote(const FetchRequest& request) {
    return client.run([request](Core& core, KnownRelays& relays, const ResultJobPtr& job) { quote_url(core, relays, request, job); });
  }
};

}  // namespace

TEST_CASE("wallet: without one, show says so and asks the ledgers all the same") {
  Trial trial;
  const auto shown = *trial.show().json;
  CHECK(shown["address"].is_null());
  CHECK(shown["ledgers"].size() == 1);
  CHECK(shown["ledgers"][0]["ledger"] == "embedded");
  CHECK(shown["ledgers"][0]["balance"] == "0");
  CHECK(shown["ledgers"][0]["faucet"] == true);
  CHECK(shown["channels"] == 0);
}

TEST_CASE("wallet: is made once; the faucet fills it once a day; a deposit opens a channel and adds to it") {
  Trial trial;
  const auto make = [](Core& core, KnownRelays&, const ResultJobPtr& job) { make_new_wallet(core, job); };
  const auto made = *trial.client.run(make).json;
  CHECK(made["tron_address"].get<std::string>().starts_with("T"));
  CHECK(trial.client.run(make).error->code == "wallet_exists");

  const auto granted = *trial.faucet().json;
  CHECK(granted["address"] == made["address"]);
  CHECK(granted["amount"] == "10000");
  CHECK(granted["balance"] == "10000");
  CHECK(trial.faucet().error->code == "faucet_used");

  CHECK(trial.deposit("0.5").error->code == "deposit_too_small");
  const auto first = *trial.deposit("7").json;
  CHECK(first["opened"] == true);
  CHECK(first["balance"] == "7");
  const auto second = *trial.deposit("0.5").json;
  CHECK(second["opened"] == false);
  CHECK(second["channel"] == first["channel"]);
  CHECK(second["balance"] == "7.5");
  CHECK(trial.deposit("10000").error->code == "faucet_used");

  const auto shown = *trial.show().json;
  CHECK(shown["ledgers"][0]["balance"] == "9992.5");
  CHECK(shown["channels"] == 1);
  CHECK(shown["in_channels"] == "7.5");
  CHECK(shown["spendable"] == "7.5");
}

TEST_CASE("wallet: channels are looked for with a wallet, on chains that were named") {
  Trial trial;
  const auto recover = [](Core& core, KnownRelays&, const ResultJobPtr& job) { recover_channels(core, job); };
  CHECK(trial.client.run(recover).error->code == "no_wallet");
  trial.faucet();
  CHECK(trial.client.run(recover).error->code == "no_chain");
}

TEST_CASE("wallet: what was deposited by hand pays for a fetch") {
  Trial trial;
  trial.faucet();
  trial.deposit("7");
  CHECK(trial.client.fetch(kUrl).code() == "");
  CHECK(trial.client.events("deposit_made").size() == 1);
  const auto listed = *trial.channels().json;
  REQUIRE(listed["channels"].size() == 1);
  const auto& entry = listed["channels"][0];
  CHECK(entry["state"] == "open");
  CHECK(entry["deposited"] == "7");
  CHECK(entry["confirmed"] == "2.01");
  CHECK(entry["signed"] == "2.01");
  CHECK(entry["spendable"] == "4.99");
  CHECK(entry["relay"] == trial.relay.reference());
}

TEST_CASE("wallet: a relay that agrees gives back at once what it has not charged, and its own stays") {
  Trial trial;
  CHECK(trial.client.fetch(kUrl).code() == "");
  const auto before = trial.in_wallet();
  const auto entry = trial.withdrawn();
  CHECK(entry["step"] == "refunded");
  CHECK(entry["amount"] == "97.99");
  CHECK_FALSE(entry.contains("not_at_once"));
  CHECK_FALSE(entry.contains("adopted"));
  CHECK(trial.in_wallet() == before.plus(btt("97.99")).value());
  const auto listed = (*trial.channels().json)["channels"][0];
  CHECK(listed["state"] == "closing");
  CHECK(listed["confirmed"] == "2.01");
  CHECK(listed["deposited"] == "2.01");
  CHECK(listed["withdrawable"] == "0");
  CHECK(trial.relay.channels()[0].status == channels::ChannelStatus::draining);

  // What is left is the relay's: asking again takes nothing, and a fetch opens another channel.
  CHECK(trial.withdrawn()["step"] == "nothing");
  CHECK(trial.client.fetch(kUrl).code() == "");
  CHECK((*trial.channels().json)["channels"].size() == 2);
}

TEST_CASE("wallet: a relay that is delivering is asked again; the last voucher goes with the question") {
  Trial trial;
  trial.client.settings().patience.look_again = base::Duration{1};
  trial.client.restart();
  CHECK(trial.client.fetch(kUrl).code() == "");
  trial.relay.set([](Cheats& cheats) { cheats.busy_closes = 3; });
  CHECK(trial.withdrawn()["step"] == "refunded");
  CHECK(trial.relay.channels()[0].debt().is_zero());
  CHECK(trial.relay.channels()[0].ceiling == btt("2.01"));
}

TEST_CASE("wallet: when the relay does not give it back, the reason is told and the money comes the timed way") {
  Trial trial;
  CHECK(trial.client.fetch(kUrl).code() == "");
  std::string reason = "refund_forged";
  SUBCASE("a relay that refuses") {
    trial.relay.set([](Cheats& cheats) { cheats.refuse_close = base::refusal("close_owing", "pay first"); });
    reason = "close_owing";
  }
  SUBCASE("a relay that is busy for ever") {
    trial.client.settings().patience.look_again = base::Duration{1};
    trial.client.restart();
    trial.relay.set([](Cheats& cheats) { cheats.busy_closes = 1'000; });
    reason = "channel_busy";
  }
  SUBCASE("a relay that says nothing") {
    trial.client.settings().patience.answer = base::Duration{50};
    trial.client.restart();
    trial.relay.set([](Cheats& cheats) { cheats.never_closes = true; });
    reason = "relay_silent";
  }
  SUBCASE("a relay that keeps one unit more than could be promised to it") {
    trial.relay.set([](Cheats& cheats) { cheats.keeps_more = base::Amount::from_units(1); });
    reason = "refund_too_low";
  }
  SUBCASE("a wrong amount under the signature") {
    trial.relay.set([](Cheats& cheats) { cheats.forge_close = [](wire::CloseSigned& s) { s.amount = s.amount.plus(base::Amount::from_units(1)).value(); }; });
  }
  SUBCASE("another nonce under the signature") {
    trial.relay.set([](Cheats& cheats) { cheats.forge_close = [](wire::CloseSigned& s) { ++s.nonce; }; });
  }
  SUBCASE("garbage for a signature") {
    trial.relay.set([](Cheats& cheats) { cheats.forge_close = [](wire::CloseSigned& s) { s.signature.data.fill(0xFF); }; });
  }
  const auto entry = trial.withdrawn();
  CHECK(entry["not_at_once"]["name"] == reason);
  CHECK(entry["step"] == "requested");
  CHECK(entry["amount"] == "100");
}

TEST_CASE("wallet: a signature for a nonce that is not the next is refused by the ledger, and nothing is lost") {
  Trial trial;
  CHECK(trial.client.fetch(kUrl).code() == "");
  trial.relay.set([](Cheats& cheats) { cheats.close_nonce = 5; });
  const auto entry = trial.withdrawn();
  CHECK(entry["not_at_once"]["name"] == "refund_nonce");
  CHECK(entry["step"] == "requested");
}

TEST_CASE("wallet: an amount is always taken the timed way, for a relay gives all back or nothing") {
  Trial trial;
  CHECK(trial.client.fetch(kUrl).code() == "");
  WithdrawWish some;
  some.amount = btt("5");
  const auto entry = trial.withdrawn(some);
  CHECK(entry["step"] == "requested");
  CHECK(entry["amount"] == "5");
  CHECK_FALSE(entry.contains("not_at_once"));
}

TEST_CASE("wallet: money is taken back in two steps, and nothing is promised from the first on") {
  Trial trial;
  const WithdrawWish timed{std::nullopt, std::nullopt, true};
  CHECK(trial.withdraw(timed).error->code == "no_wallet");
  CHECK(trial.client.fetch(kUrl).code() == "");
  const auto requested = *trial.withdraw(timed).json;
  CHECK(requested["channels"][0]["step"] == "requested");
  CHECK(requested["channels"][0]["amount"] == "100");
  CHECK((*trial.withdraw(timed).json)["channels"][0]["step"] == "waiting");
  const auto listed = *trial.channels().json;
  CHECK(listed["channels"][0]["state"] == "closing");
  CHECK(listed["channels"][0]["spendable"] == "0");
  CHECK(listed["channels"][0]["withdraw_at"].is_number());

  // A fetch meanwhile opens another channel.
  CHECK(trial.client.fetch(kUrl).code() == "");
  CHECK((*trial.channels().json)["channels"].size() == 2);

  trial.ledger.advance(std::chrono::hours(1));
  trial.client.settings().clock = [] { return wall_clock() + std::chrono::hours(1); };
  trial.client.restart();
  const auto taken = *trial.withdraw(timed).json;
  bool withdrawn = false;
  for (const auto& entry : taken["channels"]) withdrawn = withdrawn || (entry["step"] == "withdrawn" && entry["amount"] == "100");
  CHECK(withdrawn);
}

TEST_CASE("quote: costs nothing and needs neither wallet nor channel") {
  Trial trial;
  const auto quoted = *trial.quote(trial.client.request(kUrl)).json;
  REQUIRE(quoted["quotes"].size() == 1);
  const auto& quote = quoted["quotes"][0];
  CHECK(quote["relay"] == trial.relay.reference());
  CHECK(quote["hit_per_mib"] == "1");
  CHECK(quote["miss_per_mib"] == "2");
  CHECK(quote["known_bytes"] == kMib);
  CHECK(quote["estimate"] == "2.01");
  CHECK(trial.relay.channels().empty());
  CHECK((*trial.show().json)["address"].is_null());
}

TEST_CASE("quote: of several relays each answers for itself; an error only when none makes an offer") {
  TestLedger ledger;
  TestRelay good(ledger), bad(ledger);
  good.serve(kUrl, object_of(kMib));
  bad.set([](Cheats& cheats) { cheats.refuse_requests = base::refusal("exit_denied", "no"); });
  TestClient client({&bad, &good});
  const auto quote = [&](const FetchRequest& request) {
    return client.run([request](Core& core, KnownRelays& relays, const ResultJobPtr& job) { quote_url(core, relays, request, job); });
  };
  const auto both = *quote(client.request(kUrl)).json;
  CHECK(both["quotes"][0]["error"]["name"] == "exit_denied");
  CHECK(both["quotes"][1]["miss_per_mib"] == "2");
  good.set([](Cheats& cheats) { cheats.quote_for_another = true; });
  CHECK(quote(client.request(kUrl)).error->code == "quote_other_request");
}

TEST_CASE("relays: are listed with what is known, and tried when asked to") {
  Trial trial;
  const auto list = [&](bool probe) {
    return (*trial.client.run([probe](Core& core, KnownRelays& relays, const ResultJobPtr& job) { list_relays(core, relays, probe, job); }).json)["relays"][0];
  };
  CHECK(list(false)["connected"] == false);
  CHECK(list(false)["latency_ms"].is_null());
  CHECK(list(true)["connected"] == true);
  CHECK(list(true)["latency_ms"].is_number());
  CHECK(trial.client.fetch(kUrl).code() == "");
  CHECK(list(false)["miss_per_mib"] == "2");
  CHECK(list(false)["chunks"] == 4);
  CHECK(list(false)["spent"] == "2.01");
}

}  // namespace ferry::client
