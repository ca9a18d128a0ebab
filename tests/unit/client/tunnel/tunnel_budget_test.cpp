// What a tunnel may cost and hold: budgets and the memory of all tunnels.

#include "tests/unit/client/tunnel/tunnel_trial.hpp"

namespace ferry::client {

using namespace testing;
using base::Amount;

namespace {

/// Each metering is rounded up by itself: a unit each, of 10^18 in a BTT.
constexpr Amount kRounding = Amount::from_units(10'000);

/// Takes all and says nothing.
Site takes() {
  return [](base::ByteView, bool ended) { return SiteStep{{}, ended}; };
}

}  // namespace

TEST_CASE("tunnel budget: without room for the fee and a small window nothing is opened") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, echo());
  TestClient client({&relay});
  TunnelTrialOptions options;
  SUBCASE("a known price") { options.max_price = Amount::btt(2); }
  SUBCASE("no known price") {}
  options.budget = btt("0.009");
  TunnelTrial tunnel(client, relay, options);
  CHECK(tunnel.wait_for_close() == "budget_reached");
  CHECK_FALSE(tunnel.told().opened);
  CHECK(tunnel.told().charged.is_zero());
  relay.wait_for([&] { return is_over(relay) || !relay.tunnels().at(0).opened; });
  CHECK(relay.tunnels().at(0).window == 0);
}

TEST_CASE("tunnel budget: a tunnel that receives ends when it is used up, not before and not beyond") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, sends(pattern(8 * kMib)));
  TestClient client({&relay});
  TunnelTrialOptions options;
  options.budget = Amount::btt(1);
  SUBCASE("a known price") { options.max_price = Amount::btt(2); }
  SUBCASE("no known price") {}
  TunnelTrial tunnel(client, relay, options);
  CHECK(tunnel.wait_for_close() == "budget_reached");
  relay.wait_for([&] { return is_over(relay); });
  tunnel.wait_for_charge(only_channel(relay).charged);
  CHECK(only_channel(relay).charged <= sum(Amount::btt(1), kRounding));
  // Reserved at the dearer price, which is twice this way's; at the end a small window must fit.
  CHECK(only_channel(relay).charged >= btt("0.96"));
  const auto got = tunnel.told().got;
  CHECK(got == pattern(got.size()));
  check_agreement(client, relay);
}

TEST_CASE("tunnel budget: a tunnel that sends ends when it is used up, and no byte follows one that was not sent") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, takes());
  TestClient client({&relay});
  TunnelTrialOptions options;
  options.budget = btt("0.61");  // 0.6 for 0.3 MiB
  options.send = pattern(kMib);
  TunnelTrial tunnel(client, relay, options);
  CHECK(tunnel.wait_for_close() == "budget_reached");
  relay.wait_for([&] { return is_over(relay); });
  const auto up = relay.tunnels().at(0).up;
  CHECK(up.size() >= 100'000);
  CHECK(up == base::Bytes(options.send.begin(), options.send.begin() + static_cast<std::ptrdiff_t>(up.size())));
  CHECK(only_channel(relay).charged <= sum(*options.budget, kRounding));
  tunnel.wait_for_charge(only_channel(relay).charged);
  check_agreement(client, relay);
}

TEST_CASE("tunnel budget: after a piece that did not fit, a smaller one that would is not sent") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, takes());
  TestClient client({&relay});
  TunnelTrialOptions options;
  options.budget = btt("0.2");
  TunnelTrial tunnel(client, relay, options);
  tunnel.wait_until_open();
  // 64 KiB cost 0.125; the window towards the app holds as much at least.
  tunnel.send(base::Bytes(wire::kMaxUpPayload + 1, 1), false);
  CHECK(tunnel.wait_for_close() == "budget_reached");
  relay.wait_for([&] { return is_over(relay); });
  CHECK(relay.tunnels().at(0).up.empty());
}

TEST_CASE("tunnel budget: the client's own budget holds for all tunnels together") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, sends(pattern(8 * kMib)));
  TestClient client({&relay}, [](ClientSettings& settings) { settings.budget = Amount::btt(1); });
  std::vector<std::unique_ptr<TunnelTrial>> tunnels;
  for (int i = 0; i < 4; ++i) tunnels.push_back(std::make_unique<TunnelTrial>(client, relay));
  for (auto& tunnel : tunnels) CHECK(tunnel->wait_for_close() == "budget_reached");
  relay.wait_for([&] {
    const auto seen = relay.tunnels();
    return std::all_of(seen.begin(), seen.end(), [](const SeenTunnel& one) { return one.over; });
  });
  CHECK(spent_in_the_end(client) == only_channel(relay).charged);
  CHECK(only_channel(relay).charged <= sum(Amount::btt(1), kRounding));
  check_agreement(client, relay);
}

TEST_CASE("tunnel memory: an app that reads nothing holds a small window, one that reads gets larger ones") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, sends(pattern(8 * kMib)));
  TestClient client({&relay});
  TunnelTrialOptions options;
  SUBCASE("reads nothing") {
    options.consumes = false;
    TunnelTrial tunnel(client, relay, options);
    tunnel.wait_for_bytes(DownMemory::kLeast);
    tunnel.leave();
    relay.wait_for([&] { return is_over(relay); });
    CHECK(relay.tunnels().at(0).down == DownMemory::kLeast);
  }
  SUBCASE("reads all") {
    TunnelTrial tunnel(client, relay, options);
    tunnel.wait_for_bytes(8 * kMib);
    CHECK(relay.tunnels().at(0).largest_window > kMib);
    CHECK(relay.tunnels().at(0).largest_window <= DownMemory::kLargest);
  }
}

TEST_CASE("tunnel memory: a window is no larger than what all tunnels leave, and all of it comes back") {
  TestLedger ledger;
  TestRelay relay(ledger);
  relay.serve_site(kSite, sends(pattern(8 * kMib)));
  TestClient client({&relay});
  TunnelTrialOptions options;
  options.memory->add(DownMemory::kAll - kMib);
  const auto before = options.memory->share(0, DownMemory::kLargest);
  SUBCASE("carried to the end") {
    TunnelTrial tunnel(client, relay, options);
    tunnel.wait_for_bytes(8 * kMib);
    tunnel.send({}, true);
    CHECK(tunnel.wait_for_close() == "");
    CHECK(relay.tunnels().at(0).largest_window <= kMib);
  }
  SUBCASE("dropped with bytes that were not read") {
    options.consumes = false;
    TunnelTrial tunnel(client, relay, options);
    tunnel.wait_for_bytes(DownMemory::kLeast);
    tunnel.leave();
    relay.wait_for([&] { return is_over(relay); });
    tunnel.wait_for_charge(only_channel(relay).charged);
  }
  SUBCASE("the relay is lost") {
    options.consumes = false;
    TunnelTrial tunnel(client, relay, options);
    tunnel.wait_for_bytes(1000);
    relay.drop_connections();
    CHECK(tunnel.wait_for_close() == "relay_lost");
  }
  static_cast<void>(spent_in_the_end(client));
  std::uint64_t after = 0;
  on_loop(client, [&](Core&, KnownRelays&) { after = options.memory->share(0, DownMemory::kLargest); });
  CHECK(after == before);
}

}  // namespace ferry::client
