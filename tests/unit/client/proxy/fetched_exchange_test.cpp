// What an app hears of GET and HEAD requests that are fetched.

#include "tests/unit/client/proxy/proxy_trial.hpp"

namespace ferry::client {

using namespace testing;
using base::Amount;

namespace {

struct Response {
  std::string head;
  std::string body;
};

/// One response with a length; the connection stays.
Response read_response(App& app) {
  Response response;
  response.head = app.read_head();
  response.body = app.read(length_of(response.head));
  return response;
}

}  // namespace

TEST_CASE("fetched exchange: a GET is fetched, the connection is kept, and a second request may be there already") {
  TestLedger ledger;
  TestRelay relay(ledger);
  const std::string other = "http://origin.test/other";
  relay.serve(kUrl, object_of(kSize));
  relay.serve(other, object_of(1000, 2));
  TestClient client({&relay});
  ProxyTrial proxy(client);
  App app(proxy.port());
  app.send(get_request(kUrl) + get_request(other));
  auto response = read_response(app);
  CHECK(status_of(response.head) == 200);
  CHECK((response.body == text_of(object_of(kSize).body)));
  response = read_response(app);
  CHECK((response.body == text_of(object_of(1000, 2).body)));
  app.send(get_request(other, "Connection: close\r\n"));
  response.head = app.read_head();
  CHECK((app.read_to_end() == text_of(object_of(1000, 2).body)));
  CHECK(relay.requests().size() == 3);
  CHECK(spent_in_the_end(client) == only_channel(relay).charged);
  CHECK(proxy.status()["today"]["spent"] == only_channel(relay).charged.to_btt());
}

TEST_CASE("fetched exchange: a HEAD has no body, an unknown length is chunked, and what it cost follows for who reads trailers") {
  TestLedger ledger;
  TestRelay relay(ledger);
  auto object = object_of(1000);
  object.length_known = false;
  relay.serve(kUrl, object);
  relay.serve("http://origin.test/known", object_of(1000));
  TestClient client({&relay});
  ProxyTrial proxy(client);
  App app(proxy.port());
  app.send("HEAD http://origin.test/known HTTP/1.1\r\nHost: origin.test\r\n\r\n" + get_request(kUrl, "TE: trailers\r\n"));
  CHECK(length_of(app.read_head()) == 1000);
  const auto head = app.read_head();
  CHECK(has(head, "Transfer-Encoding: chunked\r\n"));
  CHECK(app.read(5) == "3e8\r\n");
  CHECK(app.read(1000) == text_of(object.body));
  const auto rest = app.read_head();
  CHECK(rest.starts_with("\r\n0\r\nFerry-Charged: 0.01"));
}

TEST_CASE("fetched exchange: a range costs the chunks that it needs; one from the end and one of a certain version too") {
  TestLedger ledger;
  TestRelay relay(ledger);
  auto object = object_of(kSize);
  object.headers.push_back({"etag", "\"v1\""});
  relay.serve(kUrl, object);
  TestClient client({&relay});
  ProxyTrial proxy(client);
  App app(proxy.port());
  const auto whole = text_of(object.body);
  const auto total = std::to_string(kSize);
  SUBCASE("counted from the start") {
    app.send(get_request(kUrl, "Range: bytes=300000-300099\r\n"));
    const auto response = read_response(app);
    CHECK(status_of(response.head) == 206);
    CHECK(has(response.head, "Content-Range: bytes 300000-300099/" + total + "\r\n"));
    CHECK(response.body == whole.substr(300'000, 100));
    CHECK(relay.chunks_sent() == 1);
  }
  SUBCASE("counted from the end") {
    app.send(get_request(kUrl, "Range: bytes=-150\r\n"));
    const auto response = read_response(app);
    CHECK(status_of(response.head) == 206);
    CHECK(response.body == whole.substr(kSize - 150));
    CHECK(relay.chunks_sent() == 2);  // the short one and half of the one before
  }
  SUBCASE("of the version that is there") {
    app.send(get_request(kUrl, "Range: bytes=0-9\r\nIf-Range: \"v1\"\r\n"));
    const auto response = read_response(app);
    CHECK(status_of(response.head) == 206);
    CHECK(response.body == whole.substr(0, 10));
  }
  SUBCASE("of another version: all of it") {
    app.send(get_request(kUrl, "Range: bytes=0-9\r\nIf-Range: \"v0\"\r\n"));
    const auto response = read_response(app);
    CHECK(status_of(response.head) == 200);
    CHECK((response.body == whole));
  }
  SUBCASE("of a body whose length nobody knows: all of it") {
    object.length_known = false;
    relay.serve(kUrl, object);
    app.send(get_request(kUrl, "Range: bytes=100-199\r\nConnection: close\r\n"));
    CHECK(status_of(app.read_head()) == 200);
    const auto body = app.read_to_end();
    CHECK(body.size() > kSize);
    CHECK(body.ends_with("\r\n0\r\n\r\n"));
    CHECK(has(body, whole.substr(0, 1000)));
  }
  SUBCASE("beyond the end") {
    app.send(get_request(kUrl, "Range: bytes=99999999-\r\n"));
    const auto head = app.read_head();
    CHECK(status_of(head) == 416);
    CHECK(has(head, "bytes */" + total));
  }
}

TEST_CASE("fetched exchange: what cannot be fetched is told on a page, and in the middle by an end that comes too soon") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(kSize));
  TestClient client({&relay});
  ProxyTrial proxy(client);
  SUBCASE("an origin that is not there") {
    App app(proxy.port());
    app.send(get_request("http://origin.test/none"));
    const auto head = app.read_head();
    CHECK(status_of(head) == 502);
    CHECK(has(head, "Ferry-Error: origin_unknown\r\n"));
    CHECK(app.read_to_end().size() == length_of(head));
  }
  SUBCASE("the budget") {
    client.client().set_budget(Amount::zero());
    App app(proxy.port());
    app.send(get_request(kUrl));
    CHECK(status_of(app.read_head()) == 402);
  }
  SUBCASE("a chunk that is not the right one") {
    relay.set([](Cheats& cheats) { cheats.corrupt_chunk = 2; });
    App app(proxy.port());
    app.send(get_request(kUrl));
    CHECK(status_of(app.read_head()) == 200);
    CHECK((app.read_to_end() == text_of(object_of(kSize).body).substr(0, 2 * kChunk)));
    CHECK_FALSE(app.was_reset());
  }
}

TEST_CASE("fetched exchange: an app that reads nothing slows the fetch down, and pays for little more than it reads") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve(kUrl, object_of(64 * kMib));
  TestClient client({&relay});
  ProxyTrial proxy(client);
  App app(proxy.port());
  app.send(get_request(kUrl));
  app.read_head();
  app.read(kMib);
  app.close();
  static_cast<void>(spent_in_the_end(client));
  CHECK(relay.chunks_sent() < 64 * 4);
}

}  // namespace ferry::client
