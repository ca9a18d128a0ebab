#include "client/proxy/local_destinations.hpp"

#include <doctest/doctest.h>

namespace ferry::client {

namespace {

bool local(std::string_view text) {
  CAPTURE(text);
  const auto host = base::Host::parse(text);
  REQUIRE(host.has_value());
  return is_local(*host);
}

}  // namespace

TEST_CASE("local destinations: this machine and its networks, however they are spelled") {
  for (const char* text : {"127.0.0.1", "127.9.9.9", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1",
                           "172.31.255.255",
                           "192.168.1.1", "169.254.1.1", "100.64.0.1", "100.127.255.255", "[::1]", "[::]", "[fe80::1]", "[febf::1]", "[fc00::1]",
                           "[fdff::1]", "[fec0::1]", "[::ffff:10.0.0.1]", "[::ffff:127.0.0.1]"}) {
    CHECK(local(text));
  }
  for (const char* text : {"8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "192.167.1.1",
                           "192.169.1.1", "[2001:4860:4860::8888]", "[::ffff:8.8.8.8]", "[fb00::1]", "[ff02::1]"}) {
    CHECK_FALSE(local(text));
  }
}

TEST_CASE("local destinations: names of one label and of local domains, but not the proxy's own") {
  for (const char* text : {"localhost", "LOCALHOST.", "a.localhost", "printer", "printer.local", "a.b.local", "router.lan", "nas.home.arpa",
                           "db.internal", "x.ferry.local"}) {
    CHECK(local(text));
  }
  for (const char* text : {"ferry.local", "FERRY.local.", "example.org", "localhost.example.org", "notlocal.example", "mylocal.com",
                           "home.arpa.example.org"}) {
    CHECK_FALSE(local(text));
  }
}

TEST_CASE("local destinations: below is below a point") {
  CHECK(is_below("a.example.org", "example.org"));
  CHECK(is_below("a.b.example.org", "example.org"));
  CHECK_FALSE(is_below("example.org", "example.org"));
  CHECK_FALSE(is_below("evil-example.org", "example.org"));
  CHECK_FALSE(is_below("org", "example.org"));
}

}  // namespace ferry::client
