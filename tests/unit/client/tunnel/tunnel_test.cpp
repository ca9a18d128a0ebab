// One tunnel through an honest relay: opening, bytes, ends, and what is paid for them.

#include "tests/unit/client/tunnel/tunnel_trial.hpp"

namespace ferry::client {

using namespace testing;
using base::Amount;

namespace {

TunnelTrialOptions sending(base::Bytes bytes, bool finish = true) {
  TunnelTrialOptions options;
  options.send = std::move(bytes);
  options.finish = finish;
  return options;
}

}  // namespace

TEST_CASE("tunnel: without a price it is opened after the quote, and bytes go both ways whole and in order") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, echo());
  TestClient client({&relay});
  const auto bytes = pattern(3 * kMib + 17);
  TunnelTrial tunnel(client, relay, sending(bytes));
  CHECK(tunnel.wait_for_close() == "");
  CHECK(tunnel.told().got == bytes);
  CHECK(tunnel.told().ended);
  const auto seen = relay.tunnels().at(0);
  CHECK(seen.up == bytes);
  CHECK_FALSE(seen.unseen);
  CHECK(seen.window == 0);
  CHECK(seen.early == 0);
}

TEST_CASE("tunnel: with a price that is known it opens in one round trip, and early bytes ride along") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, echo());
  relay.set([](Cheats& cheats) { cheats.opens_no_tunnel = true; });
  TestClient client({&relay});
  const auto bytes = pattern(wire::kInitialUpWindow + 5);
  auto options = sending(bytes);
  SUBCASE("the user's limit") { options.max_price = Amount::btt(2); }
  SUBCASE("the last quote of this relay") {
    relay.set([](Cheats& cheats) { cheats.opens_no_tunnel = false; });
    TunnelTrial before(client, relay, sending({}));
    CHECK(before.wait_for_close() == "");
    relay.set([](Cheats& cheats) { cheats.opens_no_tunnel = true; });
  }
  TunnelTrial tunnel(client, relay, options);
  relay.wait_for([&] { return !relay.tunnels().empty() && relay.tunnels().back().up.size() == wire::kInitialUpWindow; });
  CHECK_FALSE(tunnel.told().opened);
  relay.set([](Cheats& cheats) { cheats.opens_no_tunnel = false; });
  CHECK(tunnel.wait_for_close() == "");
  CHECK(tunnel.told().got == bytes);
  const auto seen = relay.tunnels().back();
  CHECK(seen.unseen);
  CHECK(seen.window == DownMemory::kLeast);
  CHECK(seen.early == wire::kInitialUpWindow);
}

TEST_CASE("tunnel: what was carried is metered, counted durably and signed, to the last unit") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, sends(pattern(700'001)));
  TestClient client({&relay});
  TunnelTrial tunnel(client, relay, sending(pattern(100'003)));
  CHECK(tunnel.wait_for_close() == "");
  tunnel.wait_for_charge(only_channel(relay).charged);
  const auto told = tunnel.told();
  CHECK(told.down == 700'001);
  CHECK(told.up == 100'003);
  CHECK(told.charged >= price_of(700'001, 100'003));
  CHECK(told.charged <= sum(price_of(700'001, 100'003), Amount::from_units(static_cast<Amount::Raw>(told.meters))));
  CHECK(spent_in_the_end(client) == told.charged);
  CHECK(only_channel(relay).charged == told.charged);
  check_agreement(client, relay);
  client.restart();
  CHECK(sums_of(client).spent.is_zero());
  const auto listed = client.run([](Core& core, KnownRelays& relays, const ResultJobPtr& job) { list_channels(core, relays, job); });
  CHECK((*listed.json)["channels"][0]["confirmed"] == told.charged.to_btt());
}

TEST_CASE("tunnel: the app ends first, and what the destination still sends arrives") {
  TestLedger ledger;
  TestRelay relay(ledger);
  const auto answer = pattern(300'000, 3);
  relay.serve_site(kSite, [answer](base::ByteView, bool ended) { return SiteStep{ended ? answer : base::Bytes{}, ended}; });
  TestClient client({&relay});
  TunnelTrial tunnel(client, relay, sending(pattern(1000)));
  CHECK(tunnel.wait_for_close() == "");
  CHECK(tunnel.told().got == answer);
  tunnel.wait_for_charge(only_channel(relay).charged);
  check_agreement(client, relay);
}

TEST_CASE("tunnel: the destination ends first, and what the app still sends arrives") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, [](base::ByteView, bool) { return SiteStep{base::Bytes(10, 1), true}; });
  TestClient client({&relay});
  TunnelTrial tunnel(client, relay);
  tunnel.wait_for_end();
  const auto bytes = pattern(400'000);
  tunnel.send(bytes, true);
  CHECK(tunnel.wait_for_close() == "");
  CHECK(relay.tunnels().at(0).up == bytes);
  tunnel.wait_for_charge(only_channel(relay).charged);
  check_agreement(client, relay);
}

TEST_CASE("tunnel: a destination that breaks the connection off is told as an error, and what came is paid") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, [](base::ByteView came, bool) { return SiteStep{base::Bytes(came.empty() ? 5000 : 0), false, !came.empty()}; });
  TestClient client({&relay});
  TunnelTrial tunnel(client, relay);
  tunnel.wait_for_bytes(5000);
  tunnel.send(base::Bytes(7, 1), false);
  CHECK(tunnel.wait_for_close() == "tunnel_reset");
  tunnel.wait_for_charge(price_of(5000, 7));
  check_agreement(client, relay);
  CHECK(client.events("relay_marked").empty());
}

TEST_CASE("tunnel: where nobody listens, and what the relay refuses, costs nothing") {
  TestLedger ledger;
  TestRelay relay(ledger);
  TestClient client({&relay});
  TunnelTrial unknown(client, relay);
  CHECK(unknown.wait_for_close() == "tunnel_refused");
  relay.set([](Cheats& cheats) { cheats.refuse_tunnels = base::refusal("exit_port", "not here"); });
  TunnelTrial refused(client, relay);
  CHECK(refused.wait_for_close() == "exit_port");
  CHECK(spent_in_the_end(client).is_zero());
}

TEST_CASE("tunnel: dropped while bytes come, it waits for the last meter and pays it") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, sends(pattern(8 * kMib)));
  TestClient client({&relay});
  TunnelTrial tunnel(client, relay);
  tunnel.wait_for_bytes(kMib);
  tunnel.leave();
  relay.wait_for([&] { return is_over(relay); });
  tunnel.wait_for_charge(only_channel(relay).charged);
  CHECK(tunnel.told().down == relay.tunnels().at(0).down);
  CHECK(spent_in_the_end(client) == only_channel(relay).charged);
  check_agreement(client, relay);
}

TEST_CASE("tunnel: dropped before it is open, its listener hears nothing more") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, echo());
  TestClient client({&relay});
  TunnelTrialOptions options;
  options.max_price = Amount::btt(2);
  SUBCASE("the relay hears of it in time") {
    relay.set([](Cheats& cheats) { cheats.opens_no_tunnel = true; });
    TunnelTrial tunnel(client, relay, options);
    tunnel.wait_until_started();
    tunnel.leave();
    relay.wait_for([&] { return is_over(relay); });
    CHECK_FALSE(tunnel.told().opened);
    CHECK_FALSE(tunnel.told().outcome);
    CHECK(spent_in_the_end(client).is_zero());
  }
  SUBCASE("its quote, opening and meter are on their way already: they are paid, since they were accepted unseen") {
    relay.set([](Cheats& cheats) { cheats.quotes_after_reset = true; });
    TunnelTrial tunnel(client, relay, options);
    tunnel.wait_until_started();
    tunnel.leave();
    relay.wait_for([&] { return is_over(relay); });
    tunnel.wait_for_charge(kFee);
    CHECK_FALSE(tunnel.told().opened);
    CHECK(spent_in_the_end(client) == kFee);
    CHECK(client.events("relay_marked").empty());
    check_agreement(client, relay);
  }
}

TEST_CASE("tunnel: a client that is closed while its tunnels run leaves nothing behind") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, sends(pattern(16 * kMib)));
  relay.set([](Cheats& cheats) { cheats.stays_silent_after_reset = true; });
  TestClient client({&relay});
  TunnelTrial running(client, relay);
  running.wait_for_bytes(kMib);
  TunnelTrial dropped(client, relay);
  dropped.wait_for_bytes(kMib);
  dropped.leave();
  running.leave();
  client.restart();  // the trials end on the new one
}

}  // namespace ferry::client
