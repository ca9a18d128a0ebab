// What a relay may try with a tunnel, and connections that end under it.

#include "tests/unit/client/tunnel/tunnel_trial.hpp"

namespace ferry::client {

using namespace testing;
using base::Amount;

TEST_CASE("tunnel cheats: a meter above what came, went or costs is a lie: not paid, and the relay is marked") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, echo());
  std::string code = "tunnel_meter";
  std::optional<Amount> paid = Amount::zero();
  SUBCASE("one byte more than came") {
    relay.set([](Cheats& cheats) { cheats.meters_more_down = 1; });
  }
  SUBCASE("one byte more than went") {
    relay.set([](Cheats& cheats) { cheats.meters_more_up = 1; });
    paid = std::nullopt;  // only when all that went is metered is it one too many
  }
  SUBCASE("one unit too much with the fee") {
    relay.set([](Cheats& cheats) { cheats.overcharge_meter = 0; });
    code = "charge_above_quote";
  }
  SUBCASE("one unit too much later") {
    relay.set([](Cheats& cheats) { cheats.overcharge_meter = 1; });
    code = "charge_above_quote";
    paid = std::nullopt;  // what was right before is
  }
  TestClient client({&relay});
  TunnelTrialOptions options;
  options.send = pattern(200'000);
  TunnelTrial tunnel(client, relay, options);
  CHECK(tunnel.wait_for_close() == code);
  const auto spent = spent_in_the_end(client);
  const auto marked = client.events("relay_marked");
  REQUIRE(marked.size() == 1);
  CHECK(marked[0]["name"] == code);
  if (paid) CHECK(spent == *paid);
  CHECK(spent <= only_channel(relay).charged);
}

TEST_CASE("tunnel cheats: an offer for another destination is a lie") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, echo());
  relay.set([](Cheats& cheats) { cheats.quote_for_another = true; });
  TestClient client({&relay});
  TunnelTrialOptions options;
  SUBCASE("not accepted yet") {}
  SUBCASE("accepted unseen") { options.max_price = Amount::btt(2); }
  TunnelTrial tunnel(client, relay, options);
  CHECK(tunnel.wait_for_close() != "");
  CHECK(spent_in_the_end(client).is_zero());
  CHECK(client.events("relay_marked").size() == 1);
}

TEST_CASE("tunnel: an offer that stands is taken again, and kept as evidence once; with another signature it is a lie") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, echo());
  TestClient client({&relay});
  const auto carries = [&] {
    TunnelTrialOptions options;
    options.send = pattern(1000);
    options.finish = true;
    TunnelTrial tunnel(client, relay, options);
    return tunnel.wait_for_close();
  };
  CHECK(carries() == "");
  relay.set([](Cheats& cheats) { cheats.offers_again = true; });
  CHECK(carries() == "");
  const auto spent = spent_in_the_end(client);
  CHECK(spent == times(price_of(1000, 1000), 2));
  relay.set([](Cheats& cheats) { cheats.forges_again = true; });
  CHECK(carries() == "quote_signature");
  CHECK(spent_in_the_end(client) == spent);
  client.close();
  const auto quotes = read_all(client.data_dir() / "evidence" / "quotes.jsonl");
  CHECK(std::ranges::count(quotes, '\n') == 1);
}

TEST_CASE("tunnel cheats: a price above the limit is not accepted, and a relay that goes on all the same is marked") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, echo());
  bool lies = false;
  SUBCASE("it waits") {}
  SUBCASE("it opens and meters") {
    lies = true;
    relay.set([](Cheats& cheats) { cheats.opens_without_yes = true; });
  }
  TestClient client({&relay});
  TunnelTrialOptions options;
  options.max_price = btt("1.9");
  TunnelTrial tunnel(client, relay, options);
  CHECK(tunnel.wait_for_close() == "price_too_high");
  if (lies) {
    relay.wait_for([&] { return relay.tunnels().at(0).meters > 0; });
    while (client.events("relay_marked").empty()) on_loop(client, [](Core&, KnownRelays&) {});
    CHECK(client.events("relay_marked")[0]["name"] == "tunnel_meter");
  } else {
    relay.wait_for([&] { return is_over(relay); });
    CHECK(client.events("relay_marked").empty());
  }
  CHECK(spent_in_the_end(client).is_zero());
}

TEST_CASE("tunnel losses: a relay that is lost ends its tunnels with an error, and what was not metered is not counted") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, sends(pattern(10'000)));
  relay.set([](Cheats& cheats) { cheats.meters_nothing = true; });
  TestClient client({&relay});
  TunnelTrialOptions options;
  options.max_price = Amount::btt(2);
  TunnelTrial one(client, relay, options);
  TunnelTrial two(client, relay, options);
  one.wait_for_bytes(10'000);
  two.wait_for_bytes(10'000);
  relay.drop_connections();
  CHECK(one.wait_for_close() == "relay_lost");
  CHECK(two.wait_for_close() == "relay_lost");
  CHECK(one.told().got == pattern(10'000));
  CHECK(one.told().charged.is_zero());
  CHECK(spent_in_the_end(client).is_zero());
}

TEST_CASE("tunnel losses: lost before it is open, and while a dropped one waits for its last meter") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, sends(pattern(10'000)));
  TestClient client({&relay});
  SUBCASE("before it is open") {
    relay.set([](Cheats& cheats) { cheats.opens_no_tunnel = true; });
    TunnelTrial tunnel(client, relay);
    relay.wait_for([&] { return !relay.tunnels().empty(); });
    relay.drop_connections();
    CHECK(tunnel.wait_for_close() == "relay_lost");
  }
  SUBCASE("dropped") {
    relay.set([](Cheats& cheats) { cheats.stays_silent_after_reset = true; });
    TunnelTrial tunnel(client, relay);
    tunnel.wait_for_bytes(10'000);
    tunnel.leave();
    relay.wait_for([&] { return relay.tunnels().at(0).reset; });
    CHECK_FALSE(sums_of(client).reserved.is_zero());
    relay.drop_connections();
    while (client.events("relay_lost").empty()) on_loop(client, [](Core&, KnownRelays&) {});
  }
  static_cast<void>(spent_in_the_end(client));
}

TEST_CASE("tunnel losses: a session that we end ends its tunnels") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, sends(pattern(10'000)));
  TestClient client({&relay});
  TunnelTrial tunnel(client, relay);
  tunnel.wait_for_bytes(10'000);
  on_loop(client, [&](Core&, KnownRelays& relays) {
    relays.get(*RelayReference::parse(relay.reference())).end_session(base::environment("client_closing", "enough"));
  });
  CHECK(tunnel.wait_for_close() == "client_closing");
  static_cast<void>(spent_in_the_end(client));
}

}  // namespace ferry::client
