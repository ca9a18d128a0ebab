// Several requests for one thing.

#include "client/fetch/shared_fetch.hpp"

#include <algorithm>

#include "tests/unit/client/fetch/samples.hpp"

namespace ferry::client {

using namespace testing;

namespace {

constexpr std::size_t kHeld = 3 * kChunk;

/// A relay that stops in the middle until it is let go.
struct Room {
  Room() { relay.serve(kUrl, object_of(kSize)); relay.set([](Cheats& cheats) { cheats.stall_at_chunk = 3; }); }

  PendingFetch start(FetchRequest request) {
    return client.start(std::move(request), [](FetchCallbacks& callbacks) { callbacks.on_quote = nullptr; });
  }
  PendingFetch start() { return start(client.request(kUrl)); }

  void go_on() {
    relay.set([](Cheats& cheats) { cheats.stall_at_chunk.reset(); });
    relay.drop_connections();
  }
  std::size_t whole_requests() const {
    const auto requests = relay.requests();
    return static_cast<std::size_t>(std::ranges::count(requests, std::uint64_t{0}, &SeenRequest::first_chunk));
  }

  TestLedger ledger;
  TestRelay relay{ledger};
  TestClient client{{&relay}};
};

}  // namespace

TEST_CASE("shared fetch: what is asked for twice is fetched and paid once, and shown to both from its start") {
  Room room;
  auto first = room.start();
  first.wait_for_bytes(kHeld);
  auto second = room.start();
  second.wait_for_bytes(kHeld);
  room.go_on();
  const auto one = first.wait(), other = second.wait();
  REQUIRE(one.code() == "");
  REQUIRE(other.code() == "");
  CHECK(one.body == pattern(kSize));
  CHECK(other.body == pattern(kSize));
  REQUIRE(other.head);
  CHECK(other.head->status == 200);
  CHECK(room.whole_requests() == 1);
  CHECK(one.charged() > times(kMissChunk, 5));
  CHECK_FALSE(one.receipt.contains("shared_with"));
  CHECK(other.charged() == base::Amount{});
  CHECK(other.receipt["relays"][0]["charged"] == "0");
  CHECK(other.receipt["shared_with"] == first.id());
  CHECK(other.receipt["bytes"] == kSize);
  CHECK(other.progress.back().charged == base::Amount{});
}

TEST_CASE("shared fetch: when the first one leaves, the next one pays what is still to come") {
  Room room;
  auto first = room.start();
  auto second = room.start();
  first.wait_for_bytes(kHeld);
  room.client.client().cancel(first.id());
  const auto one = first.wait();
  CHECK(one.code() == "cancelled");
  room.go_on();
  const auto other = second.wait();
  REQUIRE(other.code() == "");
  CHECK(other.body == pattern(kSize));
  CHECK(one.charged() == sum(kFee, times(kMissChunk, 3)));
  CHECK(other.charged() > times(kMissChunk, 2));
  CHECK(other.charged() < times(kMissChunk, 3));
}

TEST_CASE("shared fetch: who stops, stops alone; with the last one the fetch ends") {
  Room room;
  auto first = room.start();
  first.wait_for_bytes(kHeld);
  auto second = room.client.start(room.client.request(kUrl), [](FetchCallbacks& callbacks) {
    callbacks.on_quote = nullptr;
    callbacks.on_data = [](std::uint64_t /*offset*/, base::ByteView /*bytes*/) { return false; };
  });
  CHECK(second.wait().code() == "cancelled");
  room.client.client().cancel(first.id());
  CHECK(first.wait().code() == "cancelled");
  room.go_on();
  CHECK(room.client.fetch(kUrl).body == pattern(kSize));
  CHECK(room.whole_requests() == 2);
}

TEST_CASE("shared fetch: what differs, is written to a file, or wants to see the price, is fetched for itself") {
  Room room;
  auto first = room.start();
  first.wait_for_bytes(kHeld);
  auto with_header = room.client.request(kUrl);
  with_header.headers = {{"accept", "text/plain"}};
  auto cheap = room.client.request(kUrl);
  cheap.budget = base::Amount::btt(50);
  std::vector<PendingFetch> others;
  others.push_back(room.start(std::move(with_header)));
  others.push_back(room.start(std::move(cheap)));
  others.push_back(room.start(into_file(room.client, room.client.scratch() / "file")));
  others.push_back(room.client.start(room.client.request(kUrl)));
  for (auto& other : others) other.wait_for_bytes(kHeld);
  CHECK(room.whole_requests() == 5);
  room.go_on();
  for (auto& other : others) CHECK(other.wait().code() == "");
  CHECK(first.wait().code() == "");
}

TEST_CASE("shared fetch: one that is too far to be shown from its start is not joined") {
  TestLedger ledger;
  TestRelay relay(ledger);
  constexpr std::size_t kLong = SharedFetches::kKept + 4 * kChunk;
  relay.serve(kUrl, object_of(kLong));
  relay.set([](Cheats& cheats) { cheats.stall_at_chunk = SharedFetches::kKept / kChunk + 2; });
  TestClient client({&relay});
  const auto share = [](FetchCallbacks& callbacks) { callbacks.on_quote = nullptr; };
  auto first = client.start(client.request(kUrl), share);
  first.wait_for_bytes(SharedFetches::kKept + kChunk);
  relay.set([](Cheats& cheats) { cheats.stall_at_chunk.reset(); });
  const auto second = client.start(client.request(kUrl), share).wait();
  CHECK(second.body == pattern(kLong));
  CHECK_FALSE(second.receipt.contains("shared_with"));
  CHECK(relay.requests().size() == 2);
  relay.drop_connections();
  CHECK(first.wait().body == pattern(kLong));
}

}  // namespace ferry::client
