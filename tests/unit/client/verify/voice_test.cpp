#include "client/verify/voice.hpp"

#include <doctest/doctest.h>

namespace ferry::client {

namespace {

std::string network(const char* text) { return network_of(*base::IpAddress::parse(text)); }

}  // namespace

TEST_CASE("voice: neighbours in a public network share its prefix") {
  CHECK(network("198.51.100.7") == "198.51.100.0/24");
  CHECK(network("198.51.100.250") == network("198.51.100.7"));
  CHECK(network("198.51.101.7") != network("198.51.100.7"));
  CHECK(network("2001:db8:1:2::3") == "2001:db8:1::/48");
  CHECK(network("2001:db8:2::3") != network("2001:db8:1::3"));
  CHECK(network("::ffff:198.51.100.7") == "198.51.100.0/24");
}

TEST_CASE("voice: nothing follows from an address that is no place") {
  for (const char* text : {"127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.1.1", "100.64.0.1", "::1", "fd00::1", "fe80::1", "::ffff:127.0.0.1"}) {
    CAPTURE(text);
    CHECK(network(text).empty());
  }
  CHECK_FALSE(network("172.32.0.1").empty());
}

}  // namespace ferry::client
