#include "relay/exit/bogons.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/unit/relay/exit/addresses.hpp"

namespace {

using namespace ferry;
using namespace ferry::relay::exit;
using test::ip;

/// The special ranges once more, as first and last address and not as prefixes: an independent judge of the table.
struct Span {
  const char* first;
  const char* last;
  const char* code;
};

constexpr Span kSpans[] = {
    {"0.0.0.0", "0.255.255.255", "exit_this_network"},
    {"10.0.0.0", "10.255.255.255", "exit_private"},
    {"100.64.0.0", "100.127.255.255", "exit_shared_network"},
    {"127.0.0.0", "127.255.255.255", "exit_loopback"},
    {"169.254.0.0", "169.254.255.255", "exit_link_local"},
    {"172.16.0.0", "172.31.255.255", "exit_private"},
    {"192.0.0.0", "192.0.0.255", "exit_protocol_assignment"},
    {"192.0.2.0", "192.0.2.255", "exit_documentation"},
    {"192.88.99.0", "192.88.99.255", "exit_6to4"},
    {"192.168.0.0", "192.168.255.255", "exit_private"},
    {"198.18.0.0", "198.19.255.255", "exit_benchmarking"},
    {"198.51.100.0", "198.51.100.255", "exit_documentation"},
    {"203.0.113.0", "203.0.113.255", "exit_documentation"},
    {"224.0.0.0", "239.255.255.255", "exit_multicast"},
    {"240.0.0.0", "255.255.255.255", "exit_reserved"},
    {"::", "::", "exit_unspecified"},
    {"::1", "::1", "exit_loopback"},
    {"::2", "::ffff:ffff", "exit_ipv4_compatible"},
    {"::ffff:0:0:0", "::ffff:0:ffff:ffff", "exit_ipv4_translated"},
    {"64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "exit_local_nat64"},
    {"100::", "100::ffff:ffff:ffff:ffff", "exit_discard"},
    {"2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "exit_protocol_assignment"},
    {"2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "exit_documentation"},
    {"2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "exit_6to4"},
    {"3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "exit_documentation"},
    {"fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "exit_unique_local"},
    {"fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "exit_link_local"},
    {"fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "exit_site_local"},
    {"ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "exit_multicast"},
    {"::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "exit_reserved"},
    {"4000::", "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "exit_reserved"},
    {"8000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "exit_reserved"},
};


std::string judge(const base::IpAddress& address) {
  for (const Span& span : kSpans) {
    if (ip(span.first) <= address && address <= ip(span.last)) return span.code;
  }
  return "public";
}

std::string found(const base::IpAddress& address) {
  const Bogon* bogon = find_bogon(address);
  return bogon == nullptr ? "public" : std::string{bogon->code};
}

/// The neighbour below (-1) or above (+1); wraps around.
base::IpAddress neighbour(base::IpAddress address, int step) {
  for (std::size_t i = address.is_v6 ? 16 : 4; i-- > 0;) {
    address.data[i] = static_cast<std::uint8_t>(address.data[i] + step);
    const bool carries = step > 0 ? address.data[i] == 0 : address.data[i] == 0xff;
    if (!carries) break;
  }
  return address;
}

TEST_CASE("bogons: first and last of each range are in it, their neighbours are judged by their own ranges") {
  for (const Span& span : kSpans) {
    CAPTURE(span.first);
    CHECK(judge(ip(span.first)) != "public");
    for (const char* end : {span.first, span.last}) {
      for (const int step : {-1, 0, 1}) {
        const auto probe = step == 0 ? ip(end) : neighbour(ip(end), step);
        CAPTURE(probe.to_string());
        CHECK(found(probe) == judge(probe));
      }
    }
  }
}

TEST_CASE("bogons: the first public addresses beside the ranges are public") {
  for (const char* text :
       {"1.0.0.0",         "9.255.255.255", "11.0.0.0",        "100.63.255.255",  "100.128.0.0",     "126.255.255.255", "128.0.0.0",
        "169.253.255.255", "169.255.0.0",   "172.15.255.255",  "172.32.0.0",      "191.255.255.255", "192.0.1.0",       "192.0.3.0",
        "192.88.98.255",   "192.88.100.0",  "192.167.255.255", "192.169.0.0",     "198.17.255.255",  "198.20.0.0",      "198.51.99.255",
        "198.51.101.0",    "203.0.112.255", "203.0.114.0",     "223.255.255.255", "2000::",          "2001:200::",      "2001:db7:ffff::",
        "2001:db9::",      "2003::",        "3fff:1000::",     "3ffe:ffff::"}) {
    CAPTURE(text);
    CHECK(found(ip(text)) == "public");
  }
}

TEST_CASE("bogons: a mapped address is the IPv4 address it stands for") {
  CHECK(unmapped(ip("::ffff:127.0.0.1")) == ip("127.0.0.1"));
  CHECK(unmapped(ip("::fffe:127.0.0.1")).is_v6);
  CHECK(unmapped(ip("1::ffff:127.0.0.1")).is_v6);
}

TEST_CASE("bogons: bytes behind an IPv4 address do not matter") {
  base::IpAddress dirty = ip("192.0.2.7");
  dirty.data[15] = 1;
  CHECK(unmapped(dirty) == ip("192.0.2.7"));
}

TEST_CASE("bogons: a range of mapped addresses is an IPv4 range, and bits after the prefix are cleared") {
  CHECK(unmapped(base::Cidr{ip("::ffff:10.0.0.0"), 104}).to_string() == "10.0.0.0/8");
  CHECK(unmapped(base::Cidr{ip("::ffff:0.0.0.0"), 96}).to_string() == "0.0.0.0/0");
  CHECK(unmapped(base::Cidr{ip("10.1.2.3"), 8}).to_string() == "10.0.0.0/8");
  CHECK(unmapped(base::Cidr{ip("fd00::1"), 8}).to_string() == "fd00::/8");
}

TEST_CASE("bogons: NAT64, 6to4 and IPv4-compatible addresses carry an IPv4 address") {
  CHECK((carried_ipv4(ip("64:ff9b::a9fe:a9fe")) == ip("169.254.169.254")));
  CHECK((carried_ipv4(ip("2002:7f00:1::")) == ip("127.0.0.1")));
  CHECK((carried_ipv4(ip("2002:a00:1:2:3:4:5:6")) == ip("10.0.0.1")));
  CHECK((carried_ipv4(ip("::127.0.0.1")) == ip("127.0.0.1")));
  CHECK((carried_ipv4(ip("::2")) == ip("0.0.0.2")));
}

TEST_CASE("bogons: other addresses carry none") {
  for (const char* text : {"::", "::1", "1.2.3.4", "64:ff9b:0:0:0:1::", "64:ff9b:1::1", "2001:db8::1", "2003::", "::1:0:0:1"}) {
    CAPTURE(text);
    CHECK_FALSE(carried_ipv4(ip(text)).has_value());
  }
}

TEST_CASE("bogons: every metadata address is known once") {
  auto addresses = metadata_addresses();
  std::sort(addresses.begin(), addresses.end());
  CHECK(std::adjacent_find(addresses.begin(), addresses.end()) == addresses.end());
  CHECK(std::binary_search(addresses.begin(), addresses.end(), ip("169.254.169.254")));
  CHECK(std::binary_search(addresses.begin(), addresses.end(), ip("fd00:ec2::254")));
}

}  // namespace
