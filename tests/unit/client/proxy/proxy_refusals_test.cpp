// What the local proxy refuses, and how it says so; what goes straight.

#include "tests/unit/client/proxy/proxy_trial.hpp"

namespace ferry::client {

using namespace testing;
using base::Amount;

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

}  // namespace ferry::client
