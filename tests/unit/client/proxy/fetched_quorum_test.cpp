// What an app hears when the proxy wants more than one relay's word, and when several relays bring one body.

#include "tests/unit/client/proxy/proxy_trial.hpp"

namespace ferry::client {

using namespace testing;

namespace {

constexpr std::size_t kLong = 40 * kChunk + 5;

ProxySettings wanting(std::size_t quorum, bool or_relay = false) {
  ProxySettings settings;
  settings.verify = {content::VerificationLevel::quorum, quorum, or_relay};
  return settings;
}

/// A page that is another for everybody who asks.
void serve_differing(TestRelay& first, TestRelay& second) {
  for (auto* relay : {&first, &second}) {
    auto page = object_of(1000, relay == &first ? 1 : 2);
    page.validator.clear();
    relay->serve(kUrl, page);
  }
}

/// A response on a connection of its own.
std::pair<std::string, std::string> fetch_through(ProxyTrial& proxy, const std::string& more = {}) {
  App app(proxy.port());
  app.send(get_request(kUrl, "Connection: close\r\n" + more));
  auto head = app.read_head();
  return {head, app.read_to_end()};
}

}  // namespace

TEST_CASE("fetched with a quorum: the first relay lies, even about the length, and the app gets the truth") {
  for (const std::size_t lie : {kSize, kSize + 1}) {
    TestLedger ledger;
    TestRelay liar(ledger), second(ledger), third(ledger);
    liar.serve(kUrl, object_of(lie, lie == kSize ? 2 : 1));
    for (auto* relay : {&second, &third}) relay->serve(kUrl, object_of(kSize));
    TestClient client({&liar, &second, &third});
    ProxyTrial proxy(client, wanting(2));
    const auto [head, body] = fetch_through(proxy);
    CHECK(status_of(head) == 200);
    CHECK(length_of(head) == kSize);
    CHECK(has(head, "Ferry-Verification: quorum\r\n"));
    CHECK((body == text_of(object_of(kSize).body)));
    CHECK(client.events("relay_marked").size() == 1);
    CHECK(proxy.status()["fetched"] == nlohmann::json{{"quorum", 1}});
  }
}

TEST_CASE("fetched with a quorum: what nobody else vouches for is a page that says so") {
  TestLedger ledger;
  TestRelay first(ledger), second(ledger);
  first.serve(kUrl, object_of(kSize));
  second.serve(kUrl, object_of(kSize, 2));
  TestClient client({&first, &second});
  ProxyTrial proxy(client, wanting(2));
  const auto [head, body] = fetch_through(proxy);
  CHECK(status_of(head) == 502);
  CHECK(has(head, "Ferry-Error: quorum_not_reached\r\n"));
  CHECK(has(body, "contradict"));
  CHECK(proxy.status()["fetched"] == nlohmann::json{{"not reached", 1}});
}

TEST_CASE("fetched with a quorum: a range is answered with the whole that was vouched for") {
  TestLedger ledger;
  TestRelay first(ledger), second(ledger);
  for (auto* relay : {&first, &second}) relay->serve(kUrl, object_of(kSize));
  TestClient client({&first, &second});
  ProxyTrial proxy(client, wanting(2));
  const auto [head, body] = fetch_through(proxy, "Range: bytes=0-9\r\n");
  CHECK(status_of(head) == 200);
  CHECK((body == text_of(object_of(kSize).body)));
}

TEST_CASE("fetched with a quorum or one relay's word: where relays honestly differ it is that, and the head promises no more") {
  TestLedger ledger;
  TestRelay first(ledger), second(ledger);
  serve_differing(first, second);
  TestClient client({&first, &second});
  ProxyTrial proxy(client, wanting(2, true));
  const auto [head, body] = fetch_through(proxy);
  CHECK(status_of(head) == 200);
  CHECK(has(head, "Ferry-Verification: relay\r\n"));
  CHECK((body == text_of(object_of(1000).body)));
  CHECK(proxy.status()["fetched"] == nlohmann::json{{"relay", 1}});
}

TEST_CASE("fetched with a quorum or through a tunnel: where relays honestly differ the request is carried, and its answer comes as it is") {
  TestLedger ledger;
  TestRelay first(ledger), second(ledger);
  serve_differing(first, second);
  for (auto* relay : {&first, &second}) {
    relay->serve_site("origin.test:80", [](base::ByteView came, bool) {
      if (came.empty()) return SiteStep{};
      return SiteStep{bytes_from("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + std::string(came.begin(), came.begin() + 5)), true, false};
    });
  }
  TestClient client({&first, &second});
  ProxySettings settings;
  settings.verify = {content::VerificationLevel::quorum, 2, false, true};
  ProxyTrial proxy(client, settings);
  const auto [head, body] = fetch_through(proxy);
  CHECK(status_of(head) == 200);
  CHECK_FALSE(has(head, "Ferry-Verification"));
  CHECK(body == "GET /");
  CHECK(proxy.status()["fetched"] == nlohmann::json{{"tunnel", 1}});
  CHECK(client.events("relay_marked").empty());
}

TEST_CASE("fetched with a checksum of the origin: without one a page says so, and no chunk is paid") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kSize));
  TestClient client({&relay});
  ProxySettings settings;
  settings.verify.level = content::VerificationLevel::origin_digest;
  ProxyTrial proxy(client, settings);
  const auto [head, body] = fetch_through(proxy);
  CHECK(status_of(head) == 502);
  CHECK(has(head, "Ferry-Error: verification_not_reached\r\n"));
  CHECK(relay.chunks_sent() == 0);
}

TEST_CASE("fetched by several relays: an app gets a large body in order although the first relay falls silent") {
  TestLedger ledger;
  TestRelay first(ledger), second(ledger);
  for (auto* relay : {&first, &second}) relay->serve(kUrl, object_of(kLong));
  first.set([](Cheats& cheats) { cheats.stall_at_chunk = 7; });
  TestClient client({&first, &second});
  ProxyTrial proxy(client);
  const auto [head, body] = fetch_through(proxy);
  CHECK(status_of(head) == 200);
  CHECK((body == text_of(object_of(kLong).body)));
  CHECK(second.chunks_sent() > 0);
}

}  // namespace ferry::client
