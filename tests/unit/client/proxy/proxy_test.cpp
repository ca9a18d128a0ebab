// The local proxy as apps see it: SOCKS and CONNECT through a relay's tunnels, and requests that are carried.

#include "tests/unit/client/proxy/proxy_trial.hpp"

namespace ferry::client {

using namespace testing;

namespace {

/// As an app gets it from the proxy, which closes the connection after it.
std::string closing(std::string answer) { return answer.insert(answer.find("\r\n") + 2, "Connection: close\r\n"); }

}  // namespace

TEST_CASE("proxy: SOCKS5, SOCKS4a and CONNECT carry bytes both ways, whole and in order, until both sides have ended") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, echo());
  TestClient client({&relay});
  ProxyTrial proxy(client);
  const auto text = text_of(pattern(2 * kMib + 3));
  std::uint64_t down = 0;
  for (const auto& way : kWays) {
    CAPTURE(way);
    App app(proxy.port());
    enter(app, way);
    CHECK((send_and_read(app, text) == text));
    CHECK_FALSE(app.was_reset());
    down += text.size();
  }
  CHECK(spent_in_the_end(client) == only_channel(relay).charged);
  check_agreement(client, relay);
  const auto status = proxy.status();
  CHECK(status["today"]["down_bytes"] == down);
  CHECK(status["today"]["up_bytes"] == down);
  CHECK(status["today"]["spent"] == only_channel(relay).charged.to_btt());
  CHECK(proxy.stop() == "");
}

TEST_CASE("proxy: bytes that ride along with the request reach the destination") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, echo());
  TestClient client({&relay});
  ProxyTrial proxy(client);
  const auto text = text_of(pattern(3 * wire::kInitialUpWindow));
  App app(proxy.port());
  app.send(connect_request(kSite) + text);
  CHECK(status_of(app.read_head()) == 200);
  CHECK((app.read(text.size()) == text));
  App socks(proxy.port());
  socks.send(kSocks5Hello + socks5_connect("site.test", 80) + "early");
  CHECK(socks.read(2 + 10 + 5) == std::string("\x05\x00", 2) + kSocks5Granted + "early");
}

TEST_CASE("proxy: a request that is not fetched is carried: its head as its origin reads it, its body, and the answer as it is") {
  TestLedger ledger;
  TestRelay relay(ledger);
  const std::string answer = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nthank you";
  relay.serve_site("origin.test:80", answers_http(answer));
  TestClient client({&relay});
  ProxyTrial proxy(client);
  App app(proxy.port());
  app.send("POST http://origin.test/form?a HTTP/1.1\r\nHost: origin.test\r\nProxy-Connection: keep-alive\r\nContent-Length: 5\r\n\r\nhel");
  app.send("lo");
  CHECK(app.read_to_end() == closing(answer));
  CHECK_FALSE(app.was_reset());
  const auto up = text_of(relay.tunnels().at(0).up);
  CHECK(up.starts_with("POST /form?a HTTP/1.1\r\n"));
  CHECK(up.ends_with("\r\n\r\nhello"));
  CHECK_FALSE(has(up, "Proxy-Connection"));
  CHECK(has(up, "Connection: close\r\n"));
}

TEST_CASE("proxy: an app that ends its half before the answer gets all of it") {
  TestLedger ledger;
  TestRelay relay(ledger);
  const auto body = text_of(pattern(kMib / 2));  // as much as sockets and windows take while the app does not read
  const std::string answer = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body;
  relay.serve_site("origin.test:80", answers_http(answer));
  TestClient client({&relay});
  ProxyTrial proxy(client);
  App app(proxy.port());
  app.send("POST http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nContent-Length: 5\r\n\r\nhello");
  SUBCASE("at once") { app.finish(); }
  SUBCASE("when it is nearly there") {
    relay.wait_for([&] { return !relay.tunnels().empty() && relay.tunnels().at(0).down == answer.size(); });
    app.finish();
  }
  CHECK((app.read_to_end() == closing(answer)));
}

TEST_CASE("proxy: a status page for an app that ends its half is whole") {
  TestLedger ledger;
  TestRelay relay(ledger);
  TestClient client({&relay});
  ProxyTrial proxy(client);
  App app(proxy.port());
  app.send("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  app.finish();
  const auto head = app.read_head();
  CHECK(app.read_to_end().size() == length_of(head));
}

TEST_CASE("proxy: a relay that is lost in the middle is a reset to the app, not an end") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, sends(pattern(1000)));
  TestClient client({&relay});
  ProxyTrial proxy(client);
  App app(proxy.port());
  enter(app, "SOCKS5");
  CHECK(app.read(1000) == text_of(pattern(1000)));
  relay.drop_connections();
  CHECK(app.read_to_end() == "");
  CHECK(app.was_reset());
}

}  // namespace ferry::client
