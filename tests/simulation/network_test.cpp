#include "tests/simulation/network.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "tests/simulation/report.hpp"

namespace ferry::simulation {

namespace {

Settings small() {
  Settings settings;
  settings.relays = 20;
  settings.clients = 100;
  settings.objects = 40;
  settings.fetches = 2;
  settings.median_kib = 64;
  settings.known = 8;
  settings.late = 0;
  return settings;
}

std::string figures(const Settings& settings) {
  Network network(settings);
  network.run();
  return report(network);
}

}  // namespace

TEST_CASE("simulation: the same seed gives the same figures, another one others") {
  auto settings = small();
  settings.clients = 30;
  settings.liars = settings.dying = 0.2;
  const auto first = figures(settings);
  CHECK(figures(settings) == first);
  settings.seed = 2;
  CHECK(figures(settings) != first);
}

TEST_CASE("simulation: among honest relays clients owe what relays booked and hold vouchers for: the price of what was delivered, to the unit") {
  auto settings = small();
  settings.patience_seconds = 1e6;  // nobody is left behind, so nothing is booked and not taken
  Network network(settings);
  network.run();
  const auto& tally = network.world().tally;
  CHECK(tally.fetches == 200);
  CHECK(tally.failed == 0);
  CHECK(tally.wrong_chunks == 0);
  CHECK(tally.hit_bytes > 0);
  CHECK(tally.hit_bytes < tally.bytes);
  const auto money = money_of(network);
  CHECK_FALSE(money.confirmed.is_zero());
  CHECK(money.confirmed == tally.expected);
  CHECK(money.confirmed == tally.paid_hit.plus(tally.paid_miss)->plus(tally.paid_fees));
  CHECK(money.charged == money.confirmed);
  CHECK(money.claimable == money.confirmed);
  for (const auto& client : network.clients()) CHECK(client->ledger.audit());
  for (const auto& relay : network.relays()) CHECK(relay->ledger.audit());
}

TEST_CASE("simulation: a large object comes from several relays at once, sooner than from one, and is paid once") {
  auto settings = small();
  settings.relays = 10;
  settings.clients = 10;
  settings.median_kib = 16'384;
  settings.cache_mib = 512;
  settings.patience_seconds = 1e6;
  const auto seconds_with = [&settings](std::uint32_t at_once) {
    settings.at_once = at_once;
    Network network(settings);
    network.run();
    const auto& tally = network.world().tally;
    CHECK(tally.fetches == 20);
    CHECK(tally.wrong_chunks == 0);
    CHECK((tally.wide > 0) == (at_once > 1));
    CHECK((tally.helpers > 0) == (at_once > 1));
    CHECK(tally.twice_bytes * 20 <= tally.bytes);
    const auto money = money_of(network);
    CHECK(money.confirmed == tally.expected);
    CHECK(money.charged == money.confirmed);
    CHECK(money.claimable == money.confirmed);
    return std::accumulate(tally.seconds.begin(), tally.seconds.end(), 0.0);
  };
  const double alone = seconds_with(1);
  CHECK(seconds_with(4) < alone);
}

TEST_CASE("simulation: relays that start late are found and sell, but not to clients who keep to those that they named") {
  auto settings = small();
  settings.clients = 40;
  settings.late = 0.2;
  settings.fetches = 10;
  const auto sellers_with = [&settings](const char* choose) {
    settings.choose = choose;
    Network network(settings);
    network.run();
    return std::ranges::count_if(network.relays(), [](const auto& relay) { return relay->from > 0 && relay->first_sale; });
  };
  CHECK(sellers_with("best") > 0);
  CHECK(sellers_with("order") == 0);
}

TEST_CASE("simulation: no lie is delivered or owed, who told one is not chosen again, and liars can claim no more than was prepaid") {
  auto settings = small();
  settings.median_kib = 512;
  settings.liars = 0.5;
  settings.dying = 0.1;
  settings.lie_every = 0.3;
  settings.fetches = 4;
  Network network(settings);
  network.run();
  const auto& tally = network.world().tally;
  CHECK(tally.fetches + tally.failed == 400);
  CHECK(tally.wide > 0);
  CHECK(tally.lies_found > 10);
  CHECK(tally.wrong_chunks == 0);
  CHECK(tally.chosen_although_blamed == 0);
  const auto money = money_of(network);
  CHECK(money.confirmed == tally.expected);
  // Who was asked for its head beside a silent one, and came second, has booked its fee.
  CHECK(money.taken_by_others <= *pricing::Tariff::standard().per_request.times(tally.rivals));
  // Five chunks at twice the standard price: four that are prepaid and one on credit, for each liar that a client met.
  const auto most = pricing::price_of(*pricing::Tariff::standard().miss.times(2), 5 * 256 * 1024);
  CHECK(money.taken_by_liars <= *most.times(tally.lies_found));
}

}  // namespace ferry::simulation
