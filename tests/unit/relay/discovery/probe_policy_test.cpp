// Whom a relay asks who they are, when strangers name addresses: nobody in its own network, and no other kind of service.

#include <doctest/doctest.h>

#include "relay/ops/make_exit_policy.hpp"

using namespace ferry;
using namespace ferry::relay;

namespace {

bool may(const RelaySettings& settings, const char* address, std::uint16_t port) {
  return may_probe(make_probe_policy(settings).value(), base::IpAddress::parse(address).value(), port);
}

}  // namespace

TEST_CASE("probe policy: public addresses, on ports that relays have") {
  const RelaySettings settings;
  CHECK(may(settings, "8.8.8.8", 443));
  CHECK(may(settings, "8.8.8.8", 8443));
  CHECK(may(settings, "8.8.8.8", 65'535));
  for (const std::uint16_t port : std::vector<std::uint16_t>{0, 22, 25, 80, 1023}) CHECK_FALSE(may(settings, "8.8.8.8", port));
}

TEST_CASE("probe policy: never the relay's own network, unless its operator opens that") {
  RelaySettings settings;
  for (const char* address : {"127.0.0.1", "10.1.2.3", "192.168.1.1", "169.254.169.254", "::1", "fd00::1", "::ffff:10.0.0.1", "0.0.0.0", "224.0.0.1"}) {
    CAPTURE(address);
    CHECK_FALSE(may(settings, address, 8443));
  }
  settings.exit_allow = {"10.0.0.0/8"};
  CHECK(may(settings, "10.1.2.3", 8443));
  CHECK_FALSE(may(settings, "192.168.1.1", 8443));
  settings.exit_deny = {"10.1.0.0/16"};
  CHECK_FALSE(may(settings, "10.1.2.3", 8443));
}

TEST_CASE("probe policy: what an operator denies is not asked either, whatever ports are open for content") {
  RelaySettings settings;
  settings.exit_ports = {25};
  settings.exit_deny = {"8.8.8.0/24"};
  CHECK_FALSE(may(settings, "8.8.8.8", 8443));
  CHECK_FALSE(may(settings, "9.9.9.9", 25));
  CHECK(may(settings, "9.9.9.9", 8443));
}
