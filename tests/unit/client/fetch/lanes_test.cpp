// One body from several relays at once.

#include "client/fetch/fetch.hpp"
#include "tests/unit/client/fetch/samples.hpp"

namespace ferry::client {

using namespace testing;

namespace {

constexpr std::size_t kLarge = 48 * kChunk + 77;

void serve_on(std::initializer_list<TestRelay*> relays, std::size_t size = kLarge) {
  for (auto* relay : relays) relay->serve(kUrl, object_of(size));
}

FetchRequest several(FetchRequest request, std::size_t relays = 4) {
  request.relays_at_once = relays;
  return request;
}

std::uint64_t chunks_of(const Fetched& fetched, const TestRelay& relay) {
  for (const auto& entry : fetched.receipt["relays"]) {
    if (entry["relay"] == relay.reference()) return entry["chunks"].get<std::uint64_t>();
  }
  return 0;
}

/// Each relay is paid for the requests and chunks that it brought, at its prices, and for nothing else. The short chunk costs less.
void check_paid(const Fetched& fetched, std::initializer_list<TestRelay*> relays) {
  for (const auto* relay : relays) {
    for (const auto& entry : fetched.receipt["relays"]) {
      if (entry["relay"] != relay->reference()) continue;
      const auto charged = *base::Amount::parse_btt(entry["charged"].get<std::string>());
      const auto chunks = entry["chunks"].get<std::uint64_t>();
      const auto hits = entry["cache_hits"].get<std::uint64_t>();
      const auto most = sum(times(kFee, relay->requests().size()), sum(times(kMissChunk, chunks - hits), times(kHitChunk, hits)));
      CHECK(charged <= most);
      // Requests that were given up before their head are not charged, and the last chunk is a short one.
      CHECK(sum(charged, sum(kMissChunk, times(kFee, relay->requests().size()))) >= most);
    }
  }
}

}  // namespace

TEST_CASE("lanes: several relays bring one file, and each is paid for its part") {
  TestLedger ledger;
  TestRelay first(ledger), second(ledger), third(ledger);
  serve_on({&first, &second, &third});
  first.set([](Cheats& cheats) { cheats.stall_at_chunk = 10; });  // else it might be done before the others have begun
  TestClient client({&first, &second, &third});
  const auto file = client.scratch() / "file";
  const auto fetched = client.fetch(several(into_file(client, file)));
  REQUIRE(fetched.code() == "");
  CHECK(read_all(file) == pattern(kLarge));
  CHECK(chunks_of(fetched, first) + chunks_of(fetched, second) + chunks_of(fetched, third) >= 49);
  REQUIRE(second.requests().size() + third.requests().size() > 0);
  CHECK((second.requests().empty() ? third : second).requests()[0].if_validator == "\"v1\"");
  check_paid(fetched, {&first, &second, &third});
  CHECK(fetched.receipt["bytes"] == kLarge);
  CHECK(fetched.receipt["root"].is_string());
}

namespace {

/// Two relays of which either may be the first, and which would be done too soon without help; both know the root and each other.
struct Finding {
  Finding() {
    auto whole = object_of(kLarge);
    whole.announces_hashes = true;
    for (auto* relay : {&one, &other}) {
      relay->serve(kUrl, whole);
      relay->set([this](Cheats& cheats) {
        cheats.stall_at_chunk = 10;
        cheats.stalls_only_whole = true;
        cheats.tells_of = {one.descriptor(), other.descriptor()};
      });
    }
  }

  Fetched fetch(base::Duration patience) {
    TestClient client({&one}, [patience](ClientSettings& settings) {
      settings.discover = true;
      settings.patience.second_relay = patience;
    });
    return client.fetch(several(into_file(client, client.scratch() / "file"), 2));
  }

  TestLedger ledger;
  TestRelay one{ledger}, other{ledger};
};

}  // namespace

TEST_CASE("lanes: who is said to hold the object helps before others, once a relay knows its root") {
  Finding finding;
  TestRelay holder(finding.ledger);
  holder.serve(kUrl, object_of(kLarge));
  for (auto* relay : {&finding.one, &finding.other}) relay->set([&](Cheats& cheats) { cheats.tells_of_holders = {holder.descriptor()}; });
  const auto fetched = finding.fetch(base::Duration{20'000});
  CHECK(fetched.code() == "");
  CHECK(chunks_of(fetched, holder) > 0);
  CHECK(finding.one.requests().empty() != finding.other.requests().empty());
}

TEST_CASE("lanes: who holds the object is waited for a little only") {
  Finding finding;  // both say nothing when they are asked
  const auto fetched = finding.fetch(base::Duration{50});
  CHECK(fetched.code() == "");
  CHECK_FALSE(finding.one.requests().empty());
  CHECK_FALSE(finding.other.requests().empty());
}

TEST_CASE("lanes: a receiver gets the bytes in order") {
  TestLedger ledger;
  TestRelay first(ledger), second(ledger);
  serve_on({&first, &second});
  first.set([](Cheats& cheats) { cheats.stall_at_chunk = 30; });
  TestClient client({&first, &second});
  const auto fetched = client.fetch(several(client.request(kUrl)));
  REQUIRE(fetched.code() == "");
  CHECK(fetched.body == pattern(kLarge));
  CHECK(second.requests().size() > 0);
}

TEST_CASE("lanes: one relay at a time when that is wanted") {
  TestLedger ledger;
  TestRelay first(ledger), second(ledger);
  serve_on({&first, &second});
  TestClient client({&first, &second});
  const auto fetched = client.fetch(several(client.request(kUrl), 1));
  CHECK(fetched.body == pattern(kLarge));
  CHECK(second.connections() == 0);
}

TEST_CASE("lanes: a small body, and one without a validator, come from one relay") {
  for (const bool small : {true, false}) {
    TestLedger ledger;
    TestRelay first(ledger), second(ledger);
    for (auto* relay : {&first, &second}) {
      auto object = object_of(small ? 3 * kChunk : kLarge);
      if (!small) object.validator.clear();
      relay->serve(kUrl, std::move(object));
    }
    TestClient client({&first, &second});
    CHECK(client.fetch(several(client.request(kUrl))).code() == "");
    CHECK(second.connections() == 0);
  }
}

TEST_CASE("lanes: when relays die the others bring what is missing") {
  TestLedger ledger;
  TestRelay first(ledger), second(ledger), third(ledger);
  serve_on({&first, &second, &third});
  second.set([](Cheats& cheats) { cheats.refuse_requests = base::environment("origin_unreachable", "not from here"); });
  TestClient client({&first, &second, &third});
  const auto file = client.scratch() / "file";
  auto pending = client.start(several(into_file(client, file)));
  pending.wait_for_bytes(6 * kChunk);
  first.set_listening(false);
  first.drop_connections();
  const auto fetched = pending.wait();
  REQUIRE(fetched.code() == "");
  CHECK(read_all(file) == pattern(kLarge));
  CHECK(chunks_of(fetched, third) > 0);
}

TEST_CASE("lanes: a relay that stalls is overtaken, not waited for") {
  TestLedger ledger;
  TestRelay first(ledger), second(ledger);
  serve_on({&first, &second});
  first.set([](Cheats& cheats) { cheats.stall_at_chunk = 5; });
  for (const bool in_order : {false, true}) {
    CAPTURE(in_order);
    TestClient client({&first, &second});
    const auto file = client.scratch() / "file";
    const auto fetched = client.fetch(several(in_order ? client.request(kUrl) : into_file(client, file)));
    REQUIRE(fetched.code() == "");
    CHECK((in_order ? fetched.body : read_all(file)) == pattern(kLarge));
  }
}

TEST_CASE("lanes: who has brought all that may wait for a stalled relay's chunk brings that chunk too") {
  TestLedger ledger;
  TestRelay first(ledger), second(ledger);
  serve_on({&first, &second});
  first.set([](Cheats& cheats) { cheats.stall_at_chunk = 5; });
  TestClient client({&first, &second});
  auto request = several(client.request(kUrl));
  request.chunks_ahead = 2;
  const auto fetched = client.fetch(std::move(request));
  REQUIRE(fetched.code() == "");
  CHECK(fetched.body == pattern(kLarge));
}

TEST_CASE("lanes: what a relay that is gone was to bring is brought by the one that waits for it") {
  for (int round = 0; round < 5; ++round) {
    TestLedger ledger;
    TestRelay first(ledger), second(ledger);
    serve_on({&first, &second});
    first.set([](Cheats& cheats) { cheats.stall_at_chunk = 5; });
    TestClient client({&first, &second});
    auto request = several(client.request(kUrl));
    request.chunks_ahead = 2;
    auto pending = client.start(std::move(request));
    second.wait_for([&] { return second.chunks_sent() >= 2; });
    first.set_listening(false);
    first.drop_connections();
    const auto fetched = pending.wait();
    REQUIRE(fetched.code() == "");
    CHECK(fetched.body == pattern(kLarge));
  }
}

TEST_CASE("lanes: a relay that lied is no help") {
  TestLedger ledger;
  TestRelay first(ledger), second(ledger);
  serve_on({&first, &second});
  second.set([](Cheats& cheats) { cheats.corrupt_all = true; });
  TestClient client({&second, &first});
  CHECK(client.fetch(several(client.request(kUrl))).code() == "");
  const auto asked = second.requests().size();
  first.set([](Cheats& cheats) { cheats.stall_at_chunk = 20; });
  auto pending = client.start(several(client.request(kUrl)));
  pending.wait_for_bytes(20 * kChunk);
  first.set([](Cheats& cheats) { cheats.stall_at_chunk.reset(); });
  first.drop_connections();
  CHECK(pending.wait().body == pattern(kLarge));
  CHECK(second.requests().size() == asked);
}

TEST_CASE("lanes: a relay that corrupts chunks is dropped at the first, unpaid for it, and marked; the file is right") {
  TestLedger ledger;
  TestRelay first(ledger), second(ledger), third(ledger);
  serve_on({&first, &second, &third});
  first.set([](Cheats& cheats) { cheats.stall_at_chunk = 6; });  // so that the others are needed
  second.set([](Cheats& cheats) { cheats.corrupt_all = true; });
  TestClient client({&first, &second, &third});
  const auto file = client.scratch() / "file";
  const auto fetched = client.fetch(several(into_file(client, file)));
  REQUIRE(fetched.code() == "");
  CHECK(read_all(file) == pattern(kLarge));
  REQUIRE(client.events("relay_marked").size() == 1);
  CHECK(client.events("relay_marked")[0]["name"] == "chunk_hash");
  CHECK(chunks_of(fetched, second) == 0);
  check_paid(fetched, {&third});
}

TEST_CASE("lanes: a relay whose object is another one is left out") {
  TestLedger ledger;
  TestRelay first(ledger), second(ledger);
  serve_on({&first});
  auto other = object_of(kLarge, 9);
  other.validator = "\"v2\"";
  second.serve(kUrl, std::move(other));
  second.set([](Cheats& cheats) { cheats.ignores_validator = true; });
  TestClient client({&first, &second});
  const auto file = client.scratch() / "file";
  const auto fetched = client.fetch(several(into_file(client, file)));
  REQUIRE(fetched.code() == "");
  CHECK(read_all(file) == pattern(kLarge));
  CHECK(chunks_of(fetched, second) == 0);
  CHECK(client.events("lane_ended").size() == 1);
  CHECK(client.events("relay_marked").empty());
}

TEST_CASE("lanes: relays that announce different bodies under one validator are not mixed") {
  TestLedger ledger;
  TestRelay first(ledger), second(ledger);
  for (const auto seed : {1U, 9U}) {
    auto object = object_of(kLarge, seed);
    object.announces_hashes = true;
    (seed == 1 ? first : second).serve(kUrl, std::move(object));
  }
  TestClient client({&first, &second});
  const auto file = client.scratch() / "file";
  const auto fetched = client.fetch(several(into_file(client, file)));
  REQUIRE(fetched.code() == "");
  const auto bytes = read_all(file);
  CHECK((bytes == pattern(kLarge) || bytes == pattern(kLarge, 9)));
}

TEST_CASE("lanes: a relay that does not answer gets a rival, which brings all of it and alone is paid") {
  TestLedger ledger;
  TestRelay first(ledger), second(ledger);
  serve_on({&first, &second}, 3 * kChunk);
  first.set([](Cheats& cheats) { cheats.ignores_requests = true; });
  TestClient client({&first, &second}, [](ClientSettings& settings) { settings.patience.second_relay = base::Duration{20}; });
  for (const char* method : {"HEAD", "GET"}) {
    CAPTURE(method);
    auto request = client.request(kUrl);
    request.method = method;
    const auto fetched = client.fetch(std::move(request));
    REQUIRE(fetched.code() == "");
    if (fetched.body.empty()) continue;
    CHECK(fetched.body == pattern(3 * kChunk));
    CHECK(chunks_of(fetched, second) == 3);
    CHECK(chunks_of(fetched, first) == 0);
  }
}

TEST_CASE("lanes: a relay that was slow at first helps when its rival stalls") {
  TestLedger ledger;
  TestRelay first(ledger), second(ledger);
  serve_on({&first, &second});
  first.set([](Cheats& cheats) { cheats.ignores_a_request = true; });
  second.set([](Cheats& cheats) { cheats.stall_at_chunk = 5; });
  TestClient client({&first, &second}, [](ClientSettings& settings) { settings.patience.second_relay = base::Duration{20}; });
  const auto fetched = client.fetch(several(client.request(kUrl)));
  REQUIRE(fetched.code() == "");
  CHECK(fetched.body == pattern(kLarge));
  CHECK(chunks_of(fetched, first) > 0);
}

TEST_CASE("lanes: a relay with which a channel is being opened has more time, and gets a rival after it") {
  TestLedger ledger, another;  // what one relay does not answer about its ledger holds up what is done on that one
  TestRelay first(ledger), second(another);
  serve_on({&first, &second}, 3 * kChunk);
  first.set([](Cheats& cheats) { cheats.stays_silent_after_welcome = true; });
  TestClient client({&first, &second}, [](ClientSettings& settings) {
    settings.patience.second_relay = base::Duration{10};
    settings.patience.opening = base::Duration{30};
  });
  const auto fetched = client.fetch(client.request(kUrl));
  REQUIRE(fetched.code() == "");
  CHECK(chunks_of(fetched, second) == 3);
}

TEST_CASE("lanes: a race is won by who answers, without waiting for the other") {
  TestLedger ledger;
  TestRelay first(ledger), second(ledger);
  serve_on({&first, &second}, 3 * kChunk);
  first.set([](Cheats& cheats) { cheats.ignores_requests = true; });
  TestClient client({&first, &second}, [](ClientSettings& settings) { settings.patience.second_relay = std::chrono::minutes(1); });
  auto request = client.request(kUrl);
  request.race = true;
  const auto fetched = client.fetch(std::move(request));
  REQUIRE(fetched.code() == "");
  CHECK(fetched.body == pattern(3 * kChunk));
  CHECK(chunks_of(fetched, second) == 3);
}

TEST_CASE("lanes: who loses a race has been asked for one chunk at most, and the winner brings all") {
  TestLedger ledger;
  TestRelay first(ledger), second(ledger);
  constexpr std::size_t kLength = 12 * kChunk + 7;
  serve_on({&first, &second}, kLength);
  TestClient client({&first, &second});
  for (auto* relay : {&first, &second}) {  // with a channel each, both can be asked in the same moment
    auto request = client.request(kUrl);
    request.relays = {*RelayReference::parse(relay->reference())};
    request.method = "HEAD";
    REQUIRE(client.fetch(std::move(request)).code() == "");
  }
  auto request = client.request(kUrl);
  request.race = true;
  request.relays_at_once = 1;
  const auto fetched = client.fetch(std::move(request));
  REQUIRE(fetched.code() == "");
  CHECK(fetched.body == pattern(kLength));
  CHECK(first.requests().size() == 2);
  CHECK(second.requests().size() == 2);
  CHECK(std::max(first.chunks_sent(), second.chunks_sent()) == 13);
  CHECK(std::min(first.chunks_sent(), second.chunks_sent()) <= 1);
}

TEST_CASE("lanes: while the first relay answers in time nobody else is asked") {
  TestLedger ledger;
  TestRelay first(ledger), second(ledger);
  serve_on({&first, &second}, 3 * kChunk);
  TestClient client({&first, &second}, [](ClientSettings& settings) { settings.patience.second_relay = std::chrono::minutes(1); });
  CHECK(client.fetch(client.request(kUrl)).code() == "");
  CHECK(second.connections() == 0);
}

TEST_CASE("lanes: a budget that ends stops every lane, and nothing above it is spent") {
  TestLedger ledger;
  TestRelay first(ledger), second(ledger);
  serve_on({&first, &second});
  TestClient client({&first, &second});
  const auto file = client.scratch() / "file";
  auto request = several(into_file(client, file));
  request.budget = btt("10");
  const auto fetched = client.fetch(std::move(request));
  CHECK(fetched.code() == "budget_reached");
  CHECK(fetched.charged() <= btt("10"));
  // What was under way when a lane was given up is in the wallet, not in the receipt: how much that is, their speed tells.
  CHECK(fetched.charged() > btt("2"));
}

}  // namespace ferry::client
