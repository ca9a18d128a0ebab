// A range of a body: only the chunks that cover it are asked for and paid.

#include "client/fetch/fetch.hpp"
#include "tests/unit/client/fetch/samples.hpp"

namespace ferry::client {

using namespace testing;

namespace {

/// What a fetch of a range brought, put where it belongs.
struct Ranged {
  TestLedger ledger;
  TestRelay relay{ledger}, second{ledger};
  TestClient client{{&relay, &second}};

  explicit Ranged(TestObject object = object_of(kSize)) {
    relay.serve(kUrl, object);
    second.serve(kUrl, object);
  }
  FetchRequest request(std::uint64_t first, std::optional<std::uint64_t> last = std::nullopt) const {
    auto request = client.request(kUrl);
    request.range = ByteRange{first, last};
    return request;
  }
  Fetched fetch(std::uint64_t first, std::optional<std::uint64_t> last = std::nullopt) { return client.fetch(request(first, last)); }
};

/// As Fetched::body shows it: nothing before the range.
base::Bytes cut(std::uint64_t first, std::uint64_t last, std::size_t size = kSize) {
  auto body = pattern(size);
  body.resize(static_cast<std::size_t>(last) + 1);
  std::fill_n(body.begin(), first, std::uint8_t{0});
  return body;
}

}  // namespace

TEST_CASE("range: exactly its bytes come, and only their chunks are paid") {
  struct Case {
    std::uint64_t first;
    std::optional<std::uint64_t> last;
    std::uint64_t chunks;
  };
  constexpr std::uint64_t kEnd = kSize - 1;
  for (const bool length_known : {true, false}) {
    for (const auto& [first, last, chunks] : {Case{0, 0, 1}, Case{0, kChunk - 1, 1}, Case{0, kChunk, 2}, Case{kChunk - 1, kChunk, 2}, Case{kChunk, 2 * kChunk - 1, 1},
                                              Case{kChunk + 5, 3 * kChunk + 5, 3}, Case{5, std::nullopt, 6}, Case{4 * kChunk + 1, std::nullopt, 2},
                                              Case{5 * kChunk, std::nullopt, 1}, Case{kEnd, kEnd, 1}, Case{kEnd, UINT64_MAX, 1}, Case{2 * kChunk, kSize + 7, 4}}) {
      CAPTURE(length_known);
      CAPTURE(first);
      CAPTURE(last.value_or(0));
      auto object = object_of(kSize);
      object.length_known = length_known;
      Ranged range(std::move(object));
      const auto fetched = range.fetch(first, last);
      const auto end = std::min(last.value_or(kEnd), kEnd);
      CHECK(fetched.code() == "");
      CHECK(fetched.body == cut(first, end));
      CHECK(fetched.receipt["bytes"] == end - first + 1);
      CHECK(fetched.receipt["chunks"] == chunks);
      CHECK(fetched.receipt["sha256"].is_null());
      CHECK(fetched.receipt["root"].is_null());
      CHECK(fetched.receipt["verification"] == "relay");
      CHECK(range.relay.chunks_sent() == chunks);
      REQUIRE(range.relay.requests().size() == 1);
      CHECK(range.relay.requests()[0].first_chunk == first / kChunk);
      if (length_known) CHECK(fetched.progress.back().bytes_total == end - first + 1);
      if (length_known) CHECK(fetched.progress.back().bytes_done == end - first + 1);
      check_agreement(range.client, range.relay);
    }
  }
}

TEST_CASE("range: the chunks are held against the hashes that were announced") {
  auto object = object_of(kSize);
  object.announces_hashes = true;
  Ranged range(std::move(object));
  CHECK(range.fetch(kChunk, 2 * kChunk).body == cut(kChunk, 2 * kChunk));
  range.relay.set([](Cheats& cheats) { cheats.corrupt_chunk = 1; });
  const auto fetched = range.fetch(kChunk, 2 * kChunk);
  CHECK(fetched.body == cut(kChunk, 2 * kChunk));
  CHECK(fetched.receipt["relays"][0]["refused_chunks"] == 1);
  CHECK(range.second.chunks_sent() == 2);
}

TEST_CASE("range: one that begins behind the end costs the fee at most") {
  for (const bool unseen : {true, false}) {
    for (const std::uint64_t first : {std::uint64_t{kSize}, std::uint64_t{kSize + 1}, std::uint64_t{6 * kChunk}, std::uint64_t{100 * kChunk + 1}}) {
      CAPTURE(unseen);
      CAPTURE(first);
      Ranged range;
      auto request = range.request(first);
      if (unseen) request.max_price = btt("2");
      const auto fetched = range.client.fetch(request);
      CHECK(fetched.code() == "range_not_satisfiable");
      CHECK(fetched.charged() <= kFee);
      CHECK(range.relay.chunks_sent() == 0);
      CHECK(range.second.requests().empty());
      if (first < 6 * kChunk) CHECK(fetched.error->message.find(std::to_string(kSize)) != std::string::npos);
    }
  }
}

TEST_CASE("range: of an empty body there is none") {
  Ranged range(object_of(0));
  CHECK(range.fetch(0).code() == "range_not_satisfiable");
  CHECK(range.fetch(0, 5).code() == "range_not_satisfiable");
}

TEST_CASE("range: behind the end of a body whose length shows only there, nothing is delivered") {
  auto object = object_of(500);
  object.length_known = false;
  Ranged range(std::move(object));
  for (const std::uint64_t first : {std::uint64_t{500}, std::uint64_t{1000}, std::uint64_t{kChunk}, std::uint64_t{kChunk + 1}}) {
    CAPTURE(first);
    const auto fetched = range.fetch(first);
    CHECK(fetched.code() == "range_not_satisfiable");
    CHECK(fetched.body.empty());
  }
}

TEST_CASE("range: an error page is delivered whole") {
  for (const std::size_t size : {std::size_t{100}, 2 * kChunk}) {
    for (const bool length_known : {true, false}) {
      for (const auto& [first, last] : {std::pair{std::uint64_t{0}, std::uint64_t{50}}, std::pair{std::uint64_t{7}, UINT64_MAX}, std::pair{3 * kChunk, UINT64_MAX}}) {
        CAPTURE(size);
        CAPTURE(length_known);
        CAPTURE(first);
        auto object = object_of(size);
        object.status = 404;
        object.validator.clear();
        object.length_known = length_known;
        Ranged range(std::move(object));
        const auto fetched = range.fetch(first, last);
        CHECK(fetched.code() == "");
        REQUIRE(fetched.head);
        CHECK(fetched.head->status == 404);
        CHECK(fetched.body == pattern(size));
        CHECK(fetched.receipt["bytes"] == size);
        CHECK(fetched.receipt["root"].is_string());
        if (first == 7) CHECK(range.relay.requests().size() == 1);
        check_agreement(range.client, range.relay);
      }
    }
  }
}

TEST_CASE("range: another relay goes on at the next missing chunk of it") {
  Ranged range;
  range.relay.set([](Cheats& cheats) { cheats.cut_chunk = 3; });
  const auto fetched = range.fetch(kChunk + 10, 4 * kChunk + 9);
  CHECK(fetched.code() == "");
  CHECK(fetched.body == cut(kChunk + 10, 4 * kChunk + 9));
  REQUIRE(range.second.requests().size() == 1);
  CHECK(range.second.requests()[0].first_chunk == 3);
  CHECK(range.second.requests()[0].chunk_count == 2);
  CHECK(range.second.requests()[0].if_validator == "\"v1\"");
  CHECK(fetched.receipt["bytes"] == 3 * kChunk);
}

TEST_CASE("range: with all of it there, a connection that is lost is no loss") {
  Ranged range;
  range.relay.set([](Cheats& cheats) { cheats.close_before_done = true; });
  CHECK(range.fetch(kChunk, 3 * kChunk).body == cut(kChunk, 3 * kChunk));
  CHECK(range.second.requests().empty());
}

TEST_CASE("range: when the next relay has another object, the bytes are not mixed") {
  Ranged range;
  auto changed = object_of(kSize, 2);
  changed.validator = "\"v2\"";
  range.second.serve(kUrl, changed);
  range.relay.set([](Cheats& cheats) { cheats.cut_chunk = 3; });
  range.second.set([](Cheats& cheats) { cheats.ignores_validator = true; });
  CHECK(range.fetch(kChunk).code() == "object_changed");
  changed.validator = "\"v1\"";
  changed.status = 404;
  range.second.serve(kUrl, changed);
  range.relay.set([](Cheats& cheats) { cheats.cut_chunk = 3; });
  CHECK(range.fetch(kChunk).code() == "range_other_status");
}

TEST_CASE("range: what is about a whole body does not go with it") {
  Ranged range;
  const auto code = [&](const std::function<void(FetchRequest&)>& change) {
    auto request = range.request(10, 20);
    change(request);
    return range.client.fetch(request).code();
  };
  CHECK(code([&](FetchRequest& r) { r.file = range.client.scratch() / "file"; }) == "range_invalid");
  CHECK(code([](FetchRequest& r) { r.method = "HEAD"; }) == "range_invalid");
  CHECK(code([](FetchRequest& r) { r.sha256 = base::Hash256{}; }) == "range_invalid");
  CHECK(code([](FetchRequest& r) { r.verify = content::VerificationLevel::origin_digest; }) == "range_invalid");
  CHECK(code([](FetchRequest& r) { r.range->last = 9; }) == "range_invalid");
  CHECK(code([](FetchRequest& r) { r.range = ByteRange{UINT64_MAX, std::nullopt}; }) == "range_not_satisfiable");
  CHECK(range.relay.requests().empty());
}

TEST_CASE("range: the digest that an origin sends is of the whole, and says nothing about a part") {
  auto object = object_of(kSize);
  object.headers.push_back({"repr-digest", "sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:"});
  Ranged range(std::move(object));
  CHECK(range.fetch(0, 99).code() == "");
}

}  // namespace ferry::client
