// Relays that fail, come back, or take over from each other.

#include "client/fetch/fetch.hpp"
#include "tests/unit/client/fetch/samples.hpp"

namespace ferry::client {

using namespace testing;

TEST_CASE("several relays: what the first brought is kept when the second goes on") {
  TestLedger ledger;
  TestRelay first(ledger), second(ledger);
  for (auto* relay : {&first, &second}) relay->serve(kUrl, object_of(kSize));
  first.set([](Cheats& cheats) { cheats.cut_chunk = 3; });
  TestClient client({&first, &second});
  const auto file = client.scratch() / "file";
  const auto fetched = client.fetch(into_file(client, file));
  CHECK(fetched.code() == "");
  CHECK(read_all(file) == pattern(kSize));
  REQUIRE(second.requests().size() == 1);
  CHECK(second.requests()[0].first_chunk == 3);
  CHECK(fetched.receipt["relays"].size() == 2);
}

TEST_CASE("several relays: when none works, each is named with its reason") {
  TestLedger ledger;
  TestRelay first(ledger), second(ledger);
  first.set([](Cheats& cheats) { cheats.other_identity = true; });
  second.set([](Cheats& cheats) { cheats.refuse_requests = base::refusal("exit_denied", "not there"); });
  TestClient client({&first, &second});
  const auto fetched = client.fetch(kUrl);
  CHECK(fetched.code() == "no_relay");
  CHECK(fetched.error->message.find(first.reference()) != std::string::npos);
  CHECK(fetched.error->message.find("not there") != std::string::npos);
}

TEST_CASE("a relay that starts again is waited for") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kSize));
  relay.set([](Cheats& cheats) { cheats.stall_at_chunk = 2; });
  TestClient client({&relay});
  auto pending = client.start(client.request(kUrl));
  pending.wait_for_bytes(2 * kChunk);
  relay.set_listening(false);
  relay.drop_connections();
  relay.set([](Cheats& cheats) { cheats.stall_at_chunk.reset(); });
  relay.set_listening(true);
  const auto fetched = pending.wait();
  CHECK(fetched.code() == "");
  CHECK(fetched.body == pattern(kSize));
  check_agreement(client, relay);
}

TEST_CASE("a relay that is not there is told soon") {
  TestLedger ledger;
  std::optional<TestRelay> relay(std::in_place, ledger);
  TestClient client({&*relay}, [](ClientSettings& settings) { settings.patience.first_contact = base::Duration{0}; });
  const auto reference = relay->reference();
  relay.reset();
  const auto fetched = client.fetch(kUrl);
  CHECK(fetched.code() == "relay_unreachable");
  CHECK(fetched.error->kind == base::ErrorKind::environment);
  CHECK(fetched.error->message.find(reference) != std::string::npos);
  CHECK(fetched.error->message.find("name another relay") != std::string::npos);
  CHECK(client.events("relays_awaited").empty());
}

TEST_CASE("while no relay answers that is told, once") {
  TestLedger ledger;
  std::optional<TestRelay> relay(std::in_place, ledger);
  TestClient client({&*relay}, [](ClientSettings& settings) {
    settings.patience.first_contact = base::Duration{60};
    settings.patience.first_pause = base::Duration{10};
  });
  relay.reset();
  CHECK(client.fetch(kUrl).code() == "relay_unreachable");
  CHECK(client.events("relays_awaited").size() == 1);
}

TEST_CASE("where relays are chosen by score, those that nothing is known of are met, and no money moves for that") {
  TestLedger ledger;
  TestRelay one(ledger), two(ledger), gone(ledger);
  for (auto* relay : {&one, &two, &gone}) relay->serve(kUrl, object_of(kSize));
  gone.set_listening(false);
  bool by_score = true;
  SUBCASE("by score") {}
  SUBCASE("in their order") { by_score = false; }
  TestClient client({&one, &two, &gone}, [&](ClientSettings& settings) { settings.choose_by_score = by_score; });
  CHECK(client.fetch(kUrl).code() == "");
  CHECK(one.channels().size() + two.channels().size() == 1);
  if (by_score) {
    for (auto* relay : {&one, &two}) relay->wait_for([&] { return relay->connections() > 0; });
  } else {
    CHECK(two.connections() == 0);
  }
}

TEST_CASE("for a file others are connected to meanwhile, as many as may help, and no money moves unless they do") {
  TestLedger ledger;
  TestRelay one(ledger), two(ledger), three(ledger);
  one.serve(kUrl, object_of(kSize));
  TestClient client({&one, &two, &three});
  auto request = into_file(client, client.scratch() / "file");
  request.relays_at_once = 2;
  CHECK(client.fetch(kUrl).code() == "");
  CHECK(two.connections() == 0);
  CHECK(client.fetch(request).code() == "");
  two.wait_for([&] { return two.connections() == 1; });
  CHECK(two.channels().empty());
  CHECK(three.connections() == 0);
}

TEST_CASE("where no relay that is met answers, a fetch does not wait for long") {
  TestLedger ledger;
  TestRelay one(ledger), two(ledger);
  for (auto* relay : {&one, &two}) relay->set_listening(false);
  TestClient client({&one, &two}, [](ClientSettings& settings) {
    settings.choose_by_score = true;
    settings.patience.first_contact = base::Duration{0};
    settings.patience.second_relay = std::chrono::hours(1);
  });
  CHECK(client.fetch(kUrl).code() == "no_relay");
}

}  // namespace ferry::client
