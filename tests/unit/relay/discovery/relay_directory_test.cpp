#include "relay/shared/relay_directory.hpp"

#include <doctest/doctest.h>

#include "tests/unit/protocol/discovery/descriptor_samples.hpp"

using namespace ferry;
using namespace ferry::relay;
namespace samples = ferry::discovery::samples;

TEST_CASE("relay directory: an answer begins with the relay's own descriptor") {
  RelayDirectory directory;
  CHECK(directory.pick("", 10, samples::kNow).empty());
  directory.set_own(samples::signed_descriptor(1));
  for (std::uint8_t number = 2; number < 8; ++number) CHECK(directory.learn(samples::signed_descriptor(number), samples::kNow).has_value());
  const auto answer = directory.pick("", 4, samples::kNow);
  REQUIRE(answer.size() == 4);
  CHECK(answer.front() == samples::signed_descriptor(1).bytes());
  CHECK(directory.pick("", 100, samples::kNow).size() == 7);
  CHECK(directory.pick("", 1, samples::kNow).size() == 1);
  CHECK(directory.pick("nowhere", 10, samples::kNow).empty());
}

TEST_CASE("relay directory: it does not take itself for another") {
  RelayDirectory directory;
  directory.set_own(samples::signed_descriptor(1, 8));
  CHECK(directory.learn(samples::signed_descriptor(1, 9), samples::kNow).error().code == "descriptor_own");
  CHECK(directory.size() == 0);
}

TEST_CASE("relay directory: whom to ask for again in the DHT") {
  RelayDirectory directory;
  auto hidden = samples::descriptor(3);
  hidden.item_key = {};
  CHECK(directory.learn(samples::signed_descriptor(2), samples::kNow).has_value());
  CHECK(directory.learn(samples::signed_by(3, hidden), samples::kNow).has_value());
  CHECK(directory.issued_before(samples::kNow, 10).empty());
  CHECK(directory.issued_before(samples::kNow + base::Duration{1}, 10) == std::vector{samples::descriptor(2).item_key});
  CHECK(directory.issued_before(samples::kNow + base::Duration{1}, 0).empty());
}
