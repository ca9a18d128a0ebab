#include "relay/exit/own_addresses.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace {

using namespace ferry;

TEST_CASE("own addresses: the interfaces' addresses are read, loopback among them") {
  const auto addresses = relay::exit::interface_addresses();
  REQUIRE(addresses.has_value());
  CHECK(std::find(addresses->begin(), addresses->end(), base::IpAddress::v4({127, 0, 0, 1})) != addresses->end());
}

}  // namespace
