#include "relay/shared/address_limits.hpp"

#include <doctest/doctest.h>

using ferry::base::IpAddress;
using ferry::relay::AddressLimits;

namespace {
IpAddress ip(const char* text) { return IpAddress::parse(text).value(); }
}  // namespace

TEST_CASE("address limits: one address holds so many connections and no more, until some leave") {
  AddressLimits limits(10, 2);
  CHECK(limits.enter(ip("192.0.2.1")));
  CHECK(limits.enter(ip("192.0.2.1")));
  CHECK_FALSE(limits.enter(ip("192.0.2.1")));
  CHECK(limits.enter(ip("192.0.2.2")));
  limits.leave(ip("192.0.2.1"));
  CHECK(limits.enter(ip("192.0.2.1")));
}

TEST_CASE("address limits: an IPv6 /56 is one client") {
  AddressLimits limits(10, 1);
  CHECK(limits.enter(ip("2001:db8:0:1200::1")));
  CHECK_FALSE(limits.enter(ip("2001:db8:0:12ff::2")));
  CHECK(limits.enter(ip("2001:db8:0:1300::1")));
}

TEST_CASE("address limits: the whole process has a limit too") {
  AddressLimits limits(2, 2);
  CHECK(limits.enter(ip("192.0.2.1")));
  CHECK(limits.enter(ip("192.0.2.2")));
  CHECK_FALSE(limits.enter(ip("192.0.2.3")));
  limits.leave(ip("192.0.2.2"));
  CHECK(limits.enter(ip("192.0.2.3")));
}
