#include "tests/simulation/settings.hpp"

#include <doctest/doctest.h>

namespace ferry::simulation {

TEST_CASE("simulation settings: flags of every kind are read, what is not given keeps its default") {
  const auto settings = read_settings({"--relays", "20", "--zipf", "1.1", "--choose", "order", "--find", "0", "--seed", "18000000000000000000"});
  REQUIRE(settings);
  CHECK(settings->relays == 20);
  CHECK(settings->zipf == 1.1);
  CHECK(settings->choose == "order");
  CHECK_FALSE(settings->find);
  CHECK(settings->seed == 18'000'000'000'000'000'000ULL);
  CHECK(settings->clients == 10'000);
}

TEST_CASE("simulation settings: what is no flag, no value or no share of one whole is refused") {
  using Words = std::vector<std::string>;
  CHECK(read_settings({"--relais", "20"}).error().code == "unknown_flag");
  for (const auto& words : {Words{"--relays"}, Words{"--relays", "1"}, Words{"--relays", "20x"}, Words{"--relays", ""}, Words{"--zipf", "nan"},
                            Words{"--choose", "any"}, Words{"--find", "2"}, Words{"--liars", "0.6", "--dying", "0.6"}}) {
    const auto settings = read_settings(words);
    REQUIRE_FALSE(settings);
    CHECK(settings.error().code == "bad_value");
  }
}

TEST_CASE("simulation settings: the help names every flag once with its default") {
  const auto text = help_text();
  CHECK(text.find("--lie-every") != std::string::npos);
  CHECK(text.find("(0.02)") != std::string::npos);
  CHECK(text.find("--seed") == text.rfind("--seed"));
}

}  // namespace ferry::simulation
