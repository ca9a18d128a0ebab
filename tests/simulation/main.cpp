// ferry_simulation: one simulated network, its figures as one line of JSON.

#include <CLI/CLI.hpp>
#include <cstdio>

#include "tests/simulation/report.hpp"

int main(int count, char** words) {
  ferry::simulation::Settings settings;
  std::string choose = "best";
  CLI::App program("simulates relays and clients over virtual lines; the figures are one line of JSON (docs/simulation.md)", "ferry_simulation");
  program.option_defaults()->always_capture_default();
  program.add_option("--relays", settings.relays, "relays")->check(CLI::Range(2U, 100'000U));
  program.add_option("--clients", settings.clients, "clients")->check(CLI::Range(1U, 1'000'000U));
  program.add_option("--objects", settings.objects, "objects")->check(CLI::Range(1U, 10'000'000U));
  program.add_option("--fetches", settings.fetches, "fetches by each client")->check(CLI::Range(1U, 10'000U));
  program.add_option("--gap", settings.gap_seconds, "seconds between two of them, in the mean")->check(CLI::PositiveNumber);
  program.add_option("--zipf", settings.zipf, "exponent of the objects' popularity")->check(CLI::Range(0.0, 3.0));
  program.add_option("--cache", settings.cache_mib, "MiB of each relay's cache")->check(CLI::Range(1U, 1U << 20U));
  program.add_option("--known", settings.known, "relays that a client is told of")->check(CLI::Range(1U, 100'000U));
  program.add_option("--choose", choose, "how relays are tried")->check(CLI::IsMember({"order", "best"}));
  program.add_option("--liars", settings.liars, "share of relays that corrupt a chunk in fifty")->check(CLI::Range(0.0, 1.0));
  program.add_option("--dying", settings.dying, "share of relays that go away in the middle")->check(CLI::Range(0.0, 1.0));
  program.add_option("--slow", settings.slow, "share of relays with a tenth of the rate")->check(CLI::Range(0.0, 1.0));
  program.add_option("--late", settings.late, "share of relays that start in the middle")->check(CLI::Range(0.0, 1.0));
  program.add_option("--seed", settings.seed, "from which all follows");
  CLI11_PARSE(program, count, words);
  settings.best = choose == "best";
  ferry::simulation::Network network(settings);
  const auto outcome = network.run();
  std::puts(ferry::simulation::report(settings, network, outcome).c_str());
  return 0;
}
