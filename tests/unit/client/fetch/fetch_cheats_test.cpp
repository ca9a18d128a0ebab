// What a lying relay gets: nothing that was not agreed, and no second chance for a day.

#include "client/fetch/fetch.hpp"
#include "tests/unit/client/fetch/samples.hpp"

namespace ferry::client {

using namespace testing;

namespace {

struct Outcome {
  Fetched fetched;
  bool marked = false;
  std::optional<channels::RelayChannel> channel;
  base::Amount confirmed;
  std::string faults;
};

Outcome fetch_from_cheat(const std::function<void(Cheats&)>& cheat, const std::function<void(ClientSettings&)>& change = {}) {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(2 * kMib));
  relay.set(cheat);
  TestClient client({&relay}, change);
  Outcome outcome;
  outcome.fetched = client.fetch(kUrl);
  outcome.marked = !client.events("relay_marked").empty();
  if (!relay.channels().empty()) outcome.channel = only_channel(relay);
  const auto listed = client.run([](Core& core, KnownRelays& relays, const ResultJobPtr& job) { list_channels(core, relays, job); });
  if (!(*listed.json)["channels"].empty()) outcome.confirmed = btt((*listed.json)["channels"][0]["confirmed"].get<std::string>().c_str());
  client.close();
  const auto faults = read_all(client.data_dir() / "evidence" / "faults.jsonl");
  outcome.faults.assign(faults.begin(), faults.end());
  return outcome;
}

}  // namespace

TEST_CASE("fetch: a chunk that does not match is not delivered and not paid") {
  const auto outcome = fetch_from_cheat([](Cheats& cheats) { cheats.corrupt_chunk = 3; });
  CHECK(outcome.fetched.code() == "chunk_hash");
  CHECK(outcome.fetched.error->kind == base::ErrorKind::peer_fault);
  CHECK(outcome.fetched.body == pattern(3 * kChunk));
  CHECK(outcome.fetched.charged() == sum(kFee, times(kMissChunk, 3)));
  CHECK(outcome.confirmed == outcome.fetched.charged());
  CHECK(outcome.fetched.receipt["relays"][0]["refused_chunks"] == 1);
  CHECK(outcome.marked);
  CHECK(outcome.faults.find("chunk_hash") != std::string::npos);
}

TEST_CASE("fetch: a charge one unit above the quote is refused") {
  const auto outcome = fetch_from_cheat([](Cheats& cheats) { cheats.overcharge_chunk = 2; });
  CHECK(outcome.fetched.code() == "charge_above_quote");
  CHECK(outcome.fetched.body == pattern(2 * kChunk));
  CHECK(outcome.confirmed == sum(kFee, times(kMissChunk, 2)));
  CHECK(outcome.marked);
}

TEST_CASE("fetch: a fee one unit above the quote is refused") {
  const auto outcome = fetch_from_cheat([](Cheats& cheats) { cheats.overcharge_fee = true; });
  CHECK(outcome.fetched.code() == "charge_above_quote");
  CHECK(outcome.confirmed.is_zero());
  CHECK(outcome.marked);
}

TEST_CASE("fetch: another identity is refused before any money moves") {
  const auto outcome = fetch_from_cheat([](Cheats& cheats) { cheats.other_identity = true; });
  CHECK(outcome.fetched.code() == "relay_identity");
  CHECK_FALSE(outcome.channel);
  // Who answered is not the relay that was meant, so that one is not blamed.
  CHECK_FALSE(outcome.marked);
}

TEST_CASE("fetch: a forged view of the channel is refused before a request is made") {
  const auto outcome = fetch_from_cheat([](Cheats& cheats) { cheats.forged_view = true; });
  CHECK(outcome.fetched.code() == "relay_view_forged");
  CHECK(outcome.channel->charged.is_zero());
  CHECK(outcome.marked);
}

TEST_CASE("fetch: a quote for another request is a lie") {
  const auto outcome = fetch_from_cheat([](Cheats& cheats) { cheats.quote_for_another = true; });
  CHECK(outcome.fetched.code() == "quote_other_request");
  CHECK_FALSE(outcome.channel);
  CHECK(outcome.marked);
}

TEST_CASE("fetch: an expired quote is refused with what to do, and is no lie") {
  const auto outcome = fetch_from_cheat([](Cheats& cheats) { cheats.old_quotes = true; });
  CHECK(outcome.fetched.code() == "quote_clock_skew");
  CHECK(outcome.fetched.error->message.find("clock") != std::string::npos);
  CHECK_FALSE(outcome.marked);
}

TEST_CASE("fetch: two minutes of clock skew are named before any money moves") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kMib));
  relay.set([](Cheats& cheats) { cheats.clock = std::chrono::minutes(2); });
  TestClient client({&relay});
  const auto fetched = client.fetch(kUrl);
  CHECK(fetched.code() == "quote_clock_skew");
  CHECK(relay.channels().empty());
  CHECK(client.events("deposit_made").empty());
  REQUIRE(client.events("clock_skew").size() == 1);
  CHECK(client.events("clock_skew")[0]["seconds"] >= 119);
}

TEST_CASE("fetch: a manifest that changes after the body is a lie") {
  const auto outcome = fetch_from_cheat([](Cheats& cheats) { cheats.changes_final_manifest = true; });
  CHECK(outcome.fetched.code() == "manifest_changed");
  CHECK(outcome.marked);
}

TEST_CASE("fetch: chunks out of order are refused") {
  const auto outcome = fetch_from_cheat([](Cheats& cheats) { cheats.skip_chunk = 1; });
  CHECK(outcome.fetched.code() == "chunk_order");
  CHECK(outcome.fetched.body == pattern(kChunk));
}

TEST_CASE("fetch: a relay that refuses is named with its words") {
  const auto outcome = fetch_from_cheat([](Cheats& cheats) { cheats.refuse_requests = base::refusal("exit_denied", "no such place\x01"); });
  CHECK(outcome.fetched.code() == "exit_denied");
  CHECK(outcome.fetched.error->message.find("no such place?") != std::string::npos);
  CHECK_FALSE(outcome.marked);
}

TEST_CASE("fetch: a relay cannot accuse the client of its own lie") {
  const auto outcome = fetch_from_cheat([](Cheats& cheats) { cheats.refuse_requests = base::peer_fault("chunk_hash", "yours"); });
  CHECK(outcome.fetched.error->kind == base::ErrorKind::environment);
  CHECK_FALSE(outcome.marked);
}

TEST_CASE("fetch: a relay that refuses vouchers is left") {
  const auto outcome = fetch_from_cheat([](Cheats& cheats) { cheats.refuses_vouchers = true; });
  CHECK(outcome.fetched.code() == "voucher_refused");
}

TEST_CASE("fetch: a relay that says nothing, or whose ledger does, is left in time") {
  const auto hurried = [](ClientSettings& settings) {
    settings.patience.answer = base::Duration{30};
    settings.patience.first_contact = base::Duration{0};
  };
  CHECK(fetch_from_cheat([](Cheats& cheats) { cheats.stays_silent_after_welcome = true; }, hurried).fetched.code() == "relay_silent");
  CHECK(fetch_from_cheat([](Cheats& cheats) { cheats.silent_ledger = true; }, hurried).fetched.code() == "ledger_timeout");
}

TEST_CASE("fetch: a relay that stops sending is left in time") {
  const auto outcome = fetch_from_cheat([](Cheats& cheats) { cheats.stall_at_chunk = 2; },
                                        [](ClientSettings& settings) {
                                          settings.patience.stalled = base::Duration{500};
                                          settings.patience.after_progress = base::Duration{0};
                                          settings.patience.first_contact = base::Duration{0};
                                        });
  CHECK(outcome.fetched.code() == "relay_stalled");
  CHECK(outcome.fetched.body == pattern(2 * kChunk));
}

TEST_CASE("fetch: a marked relay is asked last, and the mark outlives the client") {
  TestLedger ledger;
  TestRelay liar(ledger), honest(ledger);
  for (auto* relay : {&liar, &honest}) relay->serve(kUrl, object_of(kMib));
  liar.set([](Cheats& cheats) { cheats.corrupt_chunk = 1; });
  TestClient client({&liar, &honest});
  const auto fetched = client.fetch(kUrl);
  CHECK(fetched.code() == "");
  CHECK(fetched.body == pattern(kMib));
  CHECK(fetched.receipt["relays"].size() == 2);
  CHECK(fetched.receipt["relays"][0]["refused_chunks"] == 1);
  CHECK(fetched.receipt["relays"][1]["chunks"] == 3);
  client.restart();
  const auto asked = liar.requests().size();
  CHECK(client.fetch(kUrl).code() == "");
  CHECK(liar.requests().size() == asked);
  const auto listed = client.run([](Core& core, KnownRelays& relays, const ResultJobPtr& job) { list_relays(core, relays, false, job); });
  CHECK((*listed.json)["relays"][0]["marked_for"] == "chunk_hash");
  CHECK((*listed.json)["relays"][1]["marked_for"].is_null());
}

}  // namespace ferry::client
