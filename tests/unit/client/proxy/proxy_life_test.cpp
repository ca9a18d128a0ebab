// The local proxy's own life: apps that leave, its end, its limit, its address.

#include "tests/unit/client/proxy/proxy_trial.hpp"

namespace ferry::client {

using namespace testing;

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
