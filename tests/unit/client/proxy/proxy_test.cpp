// The local proxy as apps see it: SOCKS and CONNECT through a relay's tunnels, requests that are carried, and apps that leave.

#include "tests/unit/client/proxy/proxy_trial.hpp"

namespace ferry::client {

using namespace testing;
using base::Amount;

namespace {

/// Sends all in one thread and reads all in another, as a browser does.
std::string send_and_read(App& app, const std::string& text) {
  std::thread sender([&] {
    app.send(text);
    app.finish();
  });
  auto got = app.read_to_end();
  sender.join();
  return got;
}

/// Connects to kSite in one of the ways; what is left is the destination's.
void enter(App& app, const std::string& way) {
  if (way == "SOCKS5") {
    app.send(kSocks5Hello);
    CHECK(app.read(2) == std::string("\x05\x00", 2));
    app.send(socks5_connect("site.test", 80));
    CHECK(app.read(10) == kSocks5Granted);
  } else if (way == "SOCKS4a") {
    app.send(socks4a_connect("site.test", 80));
    CHECK(app.read(8) == std::string("\x00\x5a\x00\x00\x00\x00\x00\x00", 8));
  } else {
    app.send(connect_request(kSite));
    CHECK(status_of(app.read_head()) == 200);
  }
}

const std::string kWays[] = {"SOCKS5", "SOCKS4a", "CONNECT"};

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
  CHECK(app.read_to_end() == answer);
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
  const auto body = text_of(pattern(4 * kMib));
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
  CHECK((app.read_to_end() == answer));
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

TEST_CASE("proxy: what cannot be reached is refused in the app's own language") {
  TestLedger ledger;
  TestRelay relay(ledger);
  TestClient client({&relay});
  ProxyTrial proxy(client);
  SUBCASE("nobody listens") {
    App http(proxy.port());
    http.send(connect_request(kSite));
    const auto head = http.read_head();
    CHECK(status_of(head) == 502);
    CHECK(has(head, "Ferry-Error: tunnel_refused\r\n"));
    App socks(proxy.port());
    socks.send(kSocks5Hello + socks5_connect("site.test", 80));
    CHECK(socks.read_to_end() == std::string("\x05\x00", 2) + std::string("\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00", 10));
    App socks4(proxy.port());
    socks4.send(socks4a_connect("site.test", 80));
    CHECK(socks4.read_to_end() == std::string("\x00\x5b\x00\x00\x00\x00\x00\x00", 8));
  }
  SUBCASE("the relay's policy") {
    relay.set([](Cheats& cheats) { cheats.refuse_tunnels = base::refusal("exit_rule_port", "not here"); });
    App http(proxy.port());
    http.send("POST http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nContent-Length: 0\r\n\r\n");
    CHECK(status_of(http.read_head()) == 403);
    App socks(proxy.port());
    socks.send(kSocks5Hello + socks5_connect("site.test", 80));
    CHECK(socks.read_to_end().substr(2, 2) == std::string("\x05\x02", 2));
  }
  SUBCASE("the budget") {
    client.client().set_budget(Amount::zero());
    App http(proxy.port());
    http.send(connect_request(kSite));
    const auto head = http.read_head();
    CHECK(status_of(head) == 402);
    CHECK(has(head, "Ferry-Error: budget_reached\r\n"));
  }
  SUBCASE("nonsense") {
    App garbage(proxy.port());
    garbage.send(std::string("\x16\x03\x01", 3));
    CHECK(garbage.read_to_end() == "");
    App broken(proxy.port());
    broken.send("GET http://origin.test/\r\n\r\n");
    CHECK(status_of(broken.read_head()) == 400);
    App https(proxy.port());
    https.send(get_request("https://origin.test/"));
    CHECK(status_of(https.read_head()) == 400);
  }
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

TEST_CASE("proxy: with a password nobody gets through without it") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, echo());
  TestClient client({&relay});
  ProxySettings settings;
  settings.password = Credentials{"ann", "secret"};
  ProxyTrial proxy(client, settings);
  App none(proxy.port());
  none.send(connect_request(kSite));
  CHECK(status_of(none.read_head()) == 407);
  App wrong(proxy.port());
  wrong.send(connect_request(kSite, "Proxy-Authorization: Basic YW5uOndyb25n\r\n"));
  CHECK(status_of(wrong.read_head()) == 407);
  App right(proxy.port());
  right.send(connect_request(kSite, "Proxy-Authorization: Basic YW5uOnNlY3JldA==\r\n"));  // ann:secret
  CHECK(status_of(right.read_head()) == 200);
  App socks_none(proxy.port());
  socks_none.send(kSocks5Hello);
  CHECK(socks_none.read_to_end() == std::string("\x05\xff", 2));
  App socks_wrong(proxy.port());
  socks_wrong.send(std::string("\x05\x01\x02\x01\x03", 5) + "ann\x05wrong");
  CHECK(socks_wrong.read_to_end() == std::string("\x05\x02\x01\x01", 4));
  App socks_right(proxy.port());
  socks_right.send(std::string("\x05\x01\x02\x01\x03", 5) + "ann\x06secret" + socks5_connect("site.test", 80));
  CHECK(socks_right.read(14) == std::string("\x05\x02\x01\x00", 4) + kSocks5Granted);
  CHECK(relay.tunnels().size() == 2);
}

TEST_CASE("proxy: destinations of this machine are refused, or reached straight where that is allowed or excluded") {
  TestLedger ledger;
  TestRelay relay(ledger);
  TestClient client({&relay});
  LocalEcho local;
  const auto to = "127.0.0.1:" + std::to_string(local.port());
  ProxySettings settings;
  SUBCASE("refused") {
    ProxyTrial proxy(client, settings);
    App app(proxy.port());
    app.send(connect_request(to));
    const auto head = app.read_head();
    CHECK(status_of(head) >= 400);
    CHECK(has(head, "Ferry-Error: local_destination\r\n"));
    App socks(proxy.port());
    socks.send(kSocks5Hello + socks5_connect("127.0.0.1", local.port()));
    CHECK(socks.read_to_end().size() == 12);
  }
  SUBCASE("allowed") {
    settings.local = LocalDestinations::direct;
  }
  SUBCASE("excluded") {
    const std::string pattern = "127.0.0.0/8";
    settings.exclusions = Exclusions::parse(std::span(&pattern, 1)).value();
  }
  if (settings.local == LocalDestinations::direct || !settings.exclusions.all().empty()) {
    ProxyTrial proxy(client, settings);
    App app(proxy.port());
    const auto text = text_of(pattern(2 * kMib));
    app.send(connect_request(to) + text.substr(0, 200'000));
    CHECK(status_of(app.read_head()) == 200);
    CHECK((send_and_read(app, text.substr(200'000)) == text));
    App nobody(proxy.port());
    nobody.send(connect_request("127.0.0.1:1"));
    CHECK(status_of(nobody.read_head()) == 502);
  }
  CHECK(relay.tunnels().empty());
  CHECK(spent_in_the_end(client).is_zero());
}

TEST_CASE("proxy: an app that leaves at any step leaves nothing behind") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, sends(pattern(kMib)));
  relay.serve(kUrl, object_of(kMib));
  TestClient client({&relay});
  ProxyTrial proxy(client);
  const std::string conversations[] = {kSocks5Hello + socks5_connect("site.test", 80) + "more", socks4a_connect("site.test", 80),
                                       connect_request(kSite) + "more", get_request(kUrl), get_request(kUrl) + get_request(kUrl)};
  int turn = 0;
  for (const auto& conversation : conversations) {
    for (std::size_t cut = 0; cut <= conversation.size(); cut += cut + 16 < conversation.size() ? 7U : 1U) {
      App app(proxy.port());
      app.send(conversation.substr(0, cut));
      switch (turn++ % 4) {
        case 0: app.close(); break;
        case 1: app.abort(); break;
        case 2: app.finish(); break;
        default:
          if (cut == conversation.size()) app.read(1);
      }
    }
  }
  App last(proxy.port());
  enter(last, "SOCKS5");
  CHECK(last.read(kMib) == text_of(pattern(kMib)));
  last.close();
  CHECK(spent_in_the_end(client) <= only_channel(relay).charged);
  CHECK(client.events("relay_marked").empty());
}

TEST_CASE("proxy: it is stopped, or its client is closed, while everything runs") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, sends(pattern(8 * kMib)));
  relay.serve(kUrl, object_of(8 * kMib));
  TestClient client({&relay});
  ProxyTrial proxy(client);
  std::vector<std::unique_ptr<App>> apps;
  for (int i = 0; i < 3; ++i) {
    for (const auto& way : kWays) {
      apps.push_back(std::make_unique<App>(proxy.port()));
      enter(*apps.back(), way);
      apps.back()->read(100'000);
    }
    apps.push_back(std::make_unique<App>(proxy.port()));
    apps.back()->send(get_request(kUrl));
    apps.back()->read(100'000);
    apps.push_back(std::make_unique<App>(proxy.port()));
    apps.back()->send(connect_request("elsewhere.test:1"));
  }
  SUBCASE("stopped") { CHECK(proxy.stop() == ""); }
  SUBCASE("closed") {
    client.close();
    CHECK(proxy.wait_for_stop() == "");
  }
  for (auto& app : apps) app->read_to_end();
}

TEST_CASE("proxy: beyond its limit the oldest connection that asks for nothing makes room") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, echo());
  TestClient client({&relay});
  ProxySettings settings;
  settings.max_connections = 3;
  ProxyTrial proxy(client, settings);
  App busy(proxy.port());
  enter(busy, "SOCKS5");
  App idle(proxy.port());
  App second(proxy.port());
  enter(second, "CONNECT");
  App third(proxy.port());
  CHECK(idle.read_to_end() == "");
  enter(third, "SOCKS4a");
  busy.send("still");
  CHECK(busy.read(5) == "still");
  App fourth(proxy.port());  // none is idle: the oldest goes
  enter(fourth, "SOCKS5");
  busy.read_to_end();
  fourth.send("new");
  CHECK(fourth.read(3) == "new");
}

TEST_CASE("proxy: an address that is taken is an error that ends it") {
  TestLedger ledger;
  TestRelay relay(ledger);
  TestClient client({&relay});
  ProxyTrial first(client);
  ProxySettings settings;
  settings.listen.front().port = first.port();
  ProxyTrial second(client, settings);
  CHECK(second.wait_for_stop() == "proxy_listen");
  CHECK(first.ready()["pac"] == "http://127.0.0.1:" + std::to_string(first.port()) + "/proxy.pac");
  CHECK(first.stop() == "");
}

}  // namespace ferry::client
