#include "relay/ops/option.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace ferry::relay;

TEST_CASE("option: flag, variable and key are three spellings of one name, and none comes twice") {
  CHECK(find_option("cache_memory")->flag() == "--cache-memory");
  CHECK(find_option("cache_memory")->environment() == "FERRY_CACHE_MEMORY");
  CHECK(find_option("tariff.per_request")->flag() == "--tariff-per-request");
  CHECK(find_option("tariff.per_request")->environment() == "FERRY_TARIFF_PER_REQUEST");
  std::set<std::string> flags, variables;
  for (const auto& option : option_table()) {
    CAPTURE(option.key);
    CHECK(flags.insert(option.flag()).second);
    CHECK(variables.insert(option.environment()).second);
    CHECK_FALSE(option.help.empty());
    CHECK_FALSE(option.value.empty());
  }
}

TEST_CASE("option: every default is a value that its option takes, and taking it changes nothing") {
  for (const auto& option : option_table()) {
    CAPTURE(option.key);
    RelaySettings settings;
    const auto values = option.get(settings);
    if (values.empty()) continue;
    CHECK(option.set(settings, values));
    CHECK(option.get(settings) == values);
  }
}

TEST_CASE("option: the nearest name is found, and none where nothing is near") {
  const std::vector<std::string> known{"listen", "ledger", "cache_memory"};
  CHECK(nearest("lisen", known) == "listen");
  CHECK(nearest("cache_mem", known) == "cache_memory");
  CHECK(nearest("cache-memory", known) == "cache_memory");
  CHECK(nearest("zebra", known).empty());
  CHECK(nearest("", known).empty());
  CHECK(nearest(std::string(100'000, 'x'), known).empty());
}
