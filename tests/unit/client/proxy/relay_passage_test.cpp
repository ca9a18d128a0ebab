// Which relay carries an app's bytes, and when another one is tried.

#include "tests/unit/client/proxy/proxy_trial.hpp"

namespace ferry::client {

using namespace testing;
using base::Amount;

namespace {

/// The answer to CONNECT, after some early bytes.
int connect_status(ProxyTrial& proxy, App& app) {
  static_cast<void>(proxy);
  app.send(connect_request(kSite) + "early");
  return status_of(app.read_head());
}

}  // namespace

TEST_CASE("relay passage: a relay that refuses before it opens is left for the next, which gets the early bytes too") {
  TestLedger ledger;
  TestRelay first(ledger), second(ledger);
  first.serve_site(kSite, echo());
  second.serve_site(kSite, echo());
  TestClient client({&first, &second});
  SUBCASE("its policy") {
    first.set([](Cheats& cheats) { cheats.refuse_tunnels = base::refusal("exit_rule_port", "not here"); });
  }
  SUBCASE("no sockets") {
    first.set([](Cheats& cheats) { cheats.refuse_tunnels = base::environment("tunnel_no_sockets", "use another one"); });
  }
  SUBCASE("a lie") {
    first.set([](Cheats& cheats) { cheats.quote_for_another = true; });
  }
  SUBCASE("it is gone") { first.set_listening(false); }
  ProxyTrial proxy(client);
  App app(proxy.port());
  CHECK(connect_status(proxy, app) == 200);
  CHECK(app.read(5) == "early");
  CHECK(second.tunnels().at(0).opened);
  CHECK(second.tunnels().at(0).up == bytes_from("early"));
  CHECK(first.channels().empty());
}

TEST_CASE("relay passage: no channel is opened for a tunnel that is too dear") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, echo());
  TestClient client({&relay});
  ProxySettings settings;
  SUBCASE("above the limit") { settings.max_price = btt("1.9"); }
  SUBCASE("above the budget") { client.client().set_budget(kFee); }
  ProxyTrial proxy(client, settings);
  App app(proxy.port());
  CHECK(connect_status(proxy, app) != 200);
  CHECK(relay.channels().empty());
  CHECK(client.events("deposit_made").empty());
}

TEST_CASE("relay passage: what the destination said is the same through any relay") {
  TestLedger ledger;
  TestRelay first(ledger), second(ledger);
  second.serve_site(kSite, echo());
  TestClient client({&first, &second});
  ProxyTrial proxy(client);
  App app(proxy.port());
  CHECK(connect_status(proxy, app) == 502);
  CHECK(first.tunnels().size() == 1);
  CHECK(second.tunnels().empty());
}

TEST_CASE("relay passage: a relay that is starting again is waited for") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, echo());
  TestClient client({&relay}, [](ClientSettings& settings) { settings.patience.first_contact = base::Duration{30'000}; });
  relay.set_listening(false);
  ProxyTrial proxy(client);
  App app(proxy.port());
  app.send(connect_request(kSite) + "early");
  while (client.events("relay_lost").size() < 3) on_loop(client, [](Core&, KnownRelays&) {});
  relay.set_listening(true);
  CHECK(status_of(app.read_head()) == 200);
  CHECK(app.read(5) == "early");
}

TEST_CASE("relay passage: with no relay at all it says so") {
  TestClient client(std::vector<TestRelay*>{});
  ProxyTrial proxy(client);
  App app(proxy.port());
  CHECK(connect_status(proxy, app) == 503);
}

}  // namespace ferry::client
