#include "tests/simulation/network.hpp"

#include <doctest/doctest.h>

#include "tests/simulation/report.hpp"

namespace ferry::simulation {

namespace {

Settings small() {
  Settings settings;
  settings.relays = 20;
  settings.clients = 60;
  settings.objects = 50;
  settings.fetches = 4;
  settings.cache_mib = 16;
  settings.known = 8;
  settings.liars = 0.2;
  settings.dying = 0.1;
  return settings;
}

}  // namespace

TEST_CASE("simulation: the same seed gives the same figures, another one others") {
  auto settings = small();
  settings.fetches = 2;
  const auto figures = [](const Settings& of) {
    Network network(of);
    const auto outcome = network.run();
    return report(of, network, outcome);
  };
  const auto first = figures(settings);
  CHECK(figures(settings) == first);
  settings.seed = 2;
  CHECK(figures(settings) != first);
}

TEST_CASE("simulation: what clients owe is what relays earn, to the unit, but for lies; and nobody asks a relay again that lied") {
  Network network(small());
  const auto outcome = network.run();
  CHECK(outcome.fetches + outcome.failed == 240);
  CHECK(outcome.fetches > 230);
  CHECK(outcome.lies_found > 0);
  CHECK(outcome.wrong_chunks == 0);
  CHECK(outcome.chosen_although_marked == 0);
  CHECK(outcome.earned == outcome.paid.plus_saturated(outcome.unpaid_lies));
  CHECK(outcome.bytes_from_cache > 0);
}

}  // namespace ferry::simulation
