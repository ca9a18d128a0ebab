#include "client/fetch/fetch.hpp"

#include "tests/unit/client/fetch/samples.hpp"

namespace ferry::client {

using namespace testing;

TEST_CASE("fetch: a body crosses, verified and paid at the quoted price") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(3 * kMib));
  TestClient client({&relay});
  const auto fetched = client.fetch(kUrl);
  REQUIRE(fetched.code() == "");
  CHECK(fetched.body == pattern(3 * kMib));
  REQUIRE(fetched.head);
  CHECK(fetched.head->status == 200);
  CHECK(fetched.receipt["url"] == kUrl);
  CHECK(fetched.receipt["status"] == 200);
  CHECK(fetched.receipt["bytes"] == 3 * kMib);
  CHECK(fetched.receipt["chunks"] == 12);
  CHECK(fetched.receipt["verification"] == "relay");
  CHECK(fetched.receipt["resumed_from"] == 0);
  CHECK(fetched.receipt["relays"][0]["relay"] == relay.reference());
  CHECK(fetched.receipt["relays"][0]["cache_hits"] == 0);
  CHECK(fetched.charged() == sum(kFee, times(kMissChunk, 12)));
  CHECK(fetched.receipt["overhead_bytes"] > 12 * 32);
  CHECK(fetched.receipt["overhead_bytes"] < 12 * 200 + 2000);
  check_agreement(client, relay);
}

TEST_CASE("fetch: the root is that of the body") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kChunk + 5));
  TestClient client({&relay});
  const auto body = pattern(kChunk + 5);
  const auto view = base::ByteView{body};
  const std::vector hashes{content::chunk_hash(base::ChunkIndex{0}, view.first(kChunk)), content::chunk_hash(base::ChunkIndex{1}, view.subspan(kChunk))};
  CHECK(client.fetch(kUrl).receipt["root"] == content::root_of(hashes).hex());
}

TEST_CASE("fetch: the second time it comes from the cache at the hit price, over the same channel") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kMib));
  TestClient client({&relay}, [](ClientSettings& settings) { settings.prepay_chunks = 16; });  // no voucher tells between the two
  client.fetch(kUrl);
  const auto second = client.fetch(kUrl);
  CHECK(second.receipt["relays"][0]["cache_hits"] == 4);
  CHECK(second.charged() == sum(kFee, times(kHitChunk, 4)));
  CHECK(relay.channels().size() == 1);
  check_agreement(client, relay);
}

TEST_CASE("fetch: bodies of every awkward size cross") {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kChunk - 1, kChunk, kChunk + 1}) {
    CAPTURE(size);
    for (const bool length_known : {true, false}) {
      CAPTURE(length_known);
      TestLedger ledger;
      TestRelay relay(ledger);
      auto object = object_of(size);
      object.length_known = length_known;
      relay.serve(kUrl, std::move(object));
      TestClient client({&relay});
      const auto fetched = client.fetch(kUrl);
      CHECK(fetched.code() == "");
      CHECK(fetched.body == pattern(size));
    }
  }
}

TEST_CASE("fetch: hashes that are announced ahead agree with the chunks") {
  TestLedger ledger;
  TestRelay relay(ledger);
  auto object = object_of(kMib + 7);
  object.announces_hashes = true;
  relay.serve(kUrl, std::move(object));
  TestClient client({&relay});
  CHECK(client.fetch(kUrl).code() == "");
}

TEST_CASE("fetch: HEAD brings status and headers, and costs the fee only") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kMib));
  TestClient client({&relay});
  auto request = client.request(kUrl);
  request.method = "HEAD";
  const auto fetched = client.fetch(request);
  CHECK(fetched.code() == "");
  REQUIRE(fetched.head);
  CHECK(fetched.head->length == kMib);
  CHECK(fetched.body.empty());
  CHECK(fetched.charged() == kFee);
  CHECK(relay.chunks_sent() == 0);
}

TEST_CASE("fetch: request headers are passed on, those of a connection are not") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(10));
  TestClient client({&relay});
  auto request = client.request(kUrl);
  request.headers = {{"Accept-Language", "de"}, {"Connection", "close"}, {"Range", "bytes=0-1"}, {"Host", "elsewhere"}};
  REQUIRE(make_canonical(request).has_value());
  CHECK(client.fetch(request).code() == "");
  REQUIRE(relay.requests().size() == 1);
  CHECK(relay.requests()[0].headers == content::Headers{{"accept-language", "de"}});
}

TEST_CASE("fetch: with a price limit the request is accepted unseen, with its first window") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kMib));
  TestClient client({&relay}, [](ClientSettings& settings) { settings.max_price = btt("2"); });
  const auto fetched = client.fetch(kUrl);
  CHECK(fetched.code() == "");
  CHECK(fetched.charged() == sum(kFee, times(kMissChunk, 4)));
  REQUIRE(relay.requests().size() == 1);
  CHECK(relay.requests()[0].unseen);
  CHECK(relay.requests()[0].window == 8 * kChunk);
  check_agreement(client, relay);
}

TEST_CASE("fetch: a price above the limit is refused before anything is paid") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kMib));
  TestClient client({&relay}, [](ClientSettings& settings) { settings.max_price = btt("1.999999999999999999"); });
  const auto fetched = client.fetch(kUrl);
  CHECK(fetched.code() == "price_too_high");
  CHECK(fetched.charged().is_zero());
  CHECK(relay.channels().empty());
}

TEST_CASE("fetch: an offer that the user declines costs nothing") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kMib));
  TestClient client({&relay});
  std::string seen;
  const auto fetched = client
                           .start(client.request(kUrl),
                                  [&seen](FetchCallbacks& callbacks) {
                                    callbacks.on_quote = [&seen](const std::string& quote) {
                                      seen = quote;
                                      return false;
                                    };
                                  })
                           .wait();
  CHECK(fetched.code() == "quote_declined");
  CHECK(relay.channels().empty());
  const auto quote = nlohmann::json::parse(seen);
  CHECK(quote["miss_per_mib"] == "2");
  CHECK(quote["known_bytes"] == kMib);
  CHECK(quote["estimate"] == "2.01");
}

TEST_CASE("fetch: an offer is shown once, before a channel is opened, and again when the relay asks for more") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kMib));
  TestClient client({&relay});
  auto dearer = pricing::Tariff::standard();
  dearer.hit = btt("1");
  dearer.miss = btt("3");
  dearer.per_request = kFee;
  std::vector<std::size_t> deposits;  // made before each time
  const auto watch = [&](FetchCallbacks& callbacks) {
    callbacks.on_quote = [&](const std::string&) {
      deposits.push_back(client.events("deposit_made").size());
      if (deposits.size() == 1) relay.set_tariff(dearer);
      return true;
    };
  };
  const auto fetched = client.start(client.request(kUrl), watch).wait();
  CHECK(fetched.code() == "");
  CHECK(deposits == std::vector<std::size_t>{0, 1});
  CHECK(fetched.charged() == sum(kFee, btt("3")));
}

TEST_CASE("fetch: an error status is delivered like any other body") {
  TestLedger ledger;
  TestRelay relay(ledger);
  auto object = object_of(100);
  object.status = 404;
  relay.serve(kUrl, std::move(object));
  TestClient client({&relay});
  const auto fetched = client.fetch(kUrl);
  CHECK(fetched.code() == "");
  CHECK(fetched.receipt["status"] == 404);
  CHECK(fetched.body == pattern(100));
}

TEST_CASE("fetch: progress tells bytes and cost so far") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kMib));
  TestClient client({&relay});
  const auto fetched = client.fetch(kUrl);
  REQUIRE(fetched.progress.size() == 4);
  CHECK(fetched.progress[0].bytes_done == kChunk);
  CHECK(fetched.progress[0].bytes_total == kMib);
  CHECK(fetched.progress[3].charged == fetched.charged());
}

TEST_CASE("fetch: many at once share one session and one channel") {
  TestLedger ledger;
  TestRelay relay(ledger);
  TestClient client({&relay});
  std::vector<PendingFetch> pending;
  for (std::uint32_t i = 0; i < 20; ++i) {
    const auto url = std::string(kUrl) + std::to_string(i);
    relay.serve(url, object_of(kChunk * (1 + i % 4) + i, i));
    pending.push_back(client.start(client.request(url)));
  }
  for (std::uint32_t i = 0; i < 20; ++i) {
    const auto fetched = pending[i].wait();
    CHECK(fetched.code() == "");
    CHECK(fetched.body == pattern(kChunk * (1 + i % 4) + i, i));
  }
  CHECK(relay.connections() == 1);
  check_agreement(client, relay);
}

TEST_CASE("fetch: a stop from the data callback ends it") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(4 * kMib));
  TestClient client({&relay});
  const auto fetched = client
                           .start(client.request(kUrl),
                                  [](FetchCallbacks& callbacks) { callbacks.on_data = [](std::uint64_t offset, base::ByteView) { return offset < kMib; }; })
                           .wait();
  CHECK(fetched.code() == "cancelled");
  CHECK(client.fetch(kUrl).code() == "");
}

TEST_CASE("fetch: cancelled from another thread, it ends once") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kMib));
  relay.set([](Cheats& cheats) { cheats.stall_at_chunk = 2; });
  TestClient client({&relay});
  auto pending = client.start(client.request(kUrl));
  pending.wait_for_bytes(2 * kChunk);
  std::thread([&] { client.client().cancel(pending.id()); }).join();
  const auto fetched = pending.wait();
  CHECK(fetched.code() == "cancelled");
  CHECK(fetched.receipt["bytes"] == 2 * kChunk);
}

TEST_CASE("fetch: closing the client ends what runs") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kMib));
  relay.set([](Cheats& cheats) { cheats.stall_at_chunk = 1; });
  TestClient client({&relay});
  auto pending = client.start(client.request(kUrl));
  pending.wait_for_bytes(kChunk);
  client.close();
  CHECK(pending.wait().code() == "cancelled");
}

TEST_CASE("fetch: several clients live in one process") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kMib));
  TestClient first({&relay}), second({&relay});
  auto one = first.start(first.request(kUrl));
  auto two = second.start(second.request(kUrl));
  CHECK(one.wait().code() == "");
  CHECK(two.wait().code() == "");
  CHECK(relay.channels().size() == 2);
}

}  // namespace ferry::client
