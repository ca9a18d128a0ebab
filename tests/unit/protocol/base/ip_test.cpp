#include "protocol/base/ip.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>

#include <random>

#include "tests/unit/protocol/base/code_of.hpp"

using namespace ferry::base;

namespace {

IpAddress ip(const char* text) { return IpAddress::parse(text).value(); }
Cidr cidr(const char* text) { return Cidr::parse(text).value(); }

struct Pair {
  const char* text;
  const char* canonical;
};

}  // namespace

TEST_CASE("ip: IPv4 is a strict dotted quad") {
  for (const char* good : {"0.0.0.0", "127.0.0.1", "192.168.10.1", "255.255.255.255"}) CHECK(ip(good).to_string() == good);
  CHECK(ip("1.2.3.4") == IpAddress::v4({1, 2, 3, 4}));
  for (const char* bad : {"",         ".",         "1",        "1.2.3",     "1.2.3.4.5", "1.2.3.",     ".1.2.3",
                          "1..2.3",   "256.0.0.1", "01.2.3.4", "1.2.3.04",  "0x1.2.3.4", "1.2.3.4 ",   " 1.2.3.4",
                          "1.2.3.4.", "1.2.3.-4",  "+1.2.3.4", "1.2.3.4/8", "a.b.c.d",   "1.2.3.1000", "2130706433"}) {
    CAPTURE(bad);
    CHECK(code_of(IpAddress::parse(bad)) == "ip_text");
  }
}

TEST_CASE("ip: IPv6 is read in every form and written as RFC 5952 says") {
  constexpr Pair kPairs[] = {
      {"::", "::"},
      {"::1", "::1"},
      {"0:0:0:0:0:0:0:1", "::1"},
      {"2001:DB8::1", "2001:db8::1"},
      {"2001:0db8:0000:0000:0000:0000:0002:0001", "2001:db8::2:1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},  // a single zero group is not shortened
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},           // the longest run
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},     // the first of equal runs
      {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
      {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
      {"1::", "1::"},
      {"fe80::", "fe80::"},
      {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
      {"::ffff:c000:0201", "::ffff:192.0.2.1"},
      {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
      {"::1.2.3.4", "::102:304"},
      {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
  };
  for (const auto& [text, canonical] : kPairs) {
    CAPTURE(text);
    CHECK(ip(text).is_v6);
    CHECK(ip(text).to_string() == canonical);
  }
}

TEST_CASE("ip: what is not an IPv6 address is refused") {
  for (const char* bad : {":",
                          ":::",
                          "1:2:3:4:5:6:7",
                          "1:2:3:4:5:6:7:8:9",
                          "1::2::3",
                          "12345::",
                          "g::",
                          "::1%eth0",
                          "::1%1",
                          "[::1]",
                          "::1/64",
                          " ::1",
                          "::1 ",
                          ":1:2:3:4:5:6:7:8",
                          "1:2:3:4:5:6:7:8:",
                          "::256.0.0.1",
                          "::1.2.3",
                          "::01.2.3.4",
                          "1.2.3.4::",
                          "::ffff:0x7f.1",
                          "1:2:3:4:5:6:7:1.2.3.4"}) {
    CAPTURE(bad);
    CHECK(code_of(IpAddress::parse(bad)) == "ip_text");
  }
  CHECK(code_of(IpAddress::parse(std::string_view{"::1\0", 4})) == "ip_text");
  CHECK(code_of(IpAddress::parse(std::string(100'000, ':'))) == "ip_text");
}

TEST_CASE("ip: random addresses round-trip and mean what the system's reader says") {
  std::mt19937_64 random{3};
  for (int i = 0; i < 2000; ++i) {
    std::array<std::uint8_t, 16> bytes{};
    for (auto& byte : bytes) byte = random() % 3 == 0 ? static_cast<std::uint8_t>(random()) : std::uint8_t{0};
    const IpAddress v6 = IpAddress::v6(bytes);
    CHECK(IpAddress::parse(v6.to_string()).value() == v6);
    std::array<std::uint8_t, 16> seen{};
    CHECK(inet_pton(AF_INET6, v6.to_string().c_str(), seen.data()) == 1);
    CHECK(seen == bytes);
    const IpAddress v4 = IpAddress::v4({bytes[0], bytes[1], bytes[2], bytes[3]});
    CHECK(IpAddress::parse(v4.to_string()).value() == v4);
  }
}

TEST_CASE("ip: an IPv4 address is not its IPv6 mapping") { CHECK(ip("1.2.3.4") != ip("::ffff:1.2.3.4")); }

TEST_CASE("cidr: prefixes round-trip; a bare address has the full prefix") {
  for (const char* text : {"0.0.0.0/0", "10.0.0.0/8", "192.168.128.0/17", "1.2.3.4/32", "::/0", "fc00::/7", "2001:db8::/33", "::1/128"}) {
    CHECK(cidr(text).to_string() == text);
  }
  CHECK(cidr("1.2.3.4").to_string() == "1.2.3.4/32");
  CHECK(cidr("::1").to_string() == "::1/128");
}

TEST_CASE("cidr: bad prefixes and host bits are refused") {
  for (const char* bad : {"10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/8/8", "10.0.0.0/ 8", "::/129", "::/1000",
                          "10.0.0.0/255.0.0.0"}) {
    CAPTURE(bad);
    CHECK(code_of(Cidr::parse(bad)) == "cidr_prefix");
  }
  for (const char* bad : {"10.0.0.1/8", "192.168.1.0/23", "0.0.0.1/0", "fc00::1/7", "2001:db8:8000::/32", "::1/127"}) {
    CAPTURE(bad);
    CHECK(code_of(Cidr::parse(bad)) == "cidr_host_bits");
  }
  CHECK(code_of(Cidr::parse("/8")) == "ip_text");
  CHECK(code_of(Cidr::parse("10/8")) == "ip_text");
}

TEST_CASE("cidr: it contains its first and last address and not their neighbours") {
  CHECK(cidr("172.16.0.0/12").contains(ip("172.16.0.0")));
  CHECK(cidr("172.16.0.0/12").contains(ip("172.31.255.255")));
  CHECK_FALSE(cidr("172.16.0.0/12").contains(ip("172.15.255.255")));
  CHECK_FALSE(cidr("172.16.0.0/12").contains(ip("172.32.0.0")));
  CHECK(cidr("fc00::/7").contains(ip("fdff:ffff::1")));
  CHECK_FALSE(cidr("fc00::/7").contains(ip("fe00::")));
  CHECK_FALSE(cidr("fc00::/7").contains(ip("fbff::")));
  CHECK(cidr("0.0.0.0/0").contains(ip("8.8.8.8")));
  CHECK(cidr("1.2.3.4").contains(ip("1.2.3.4")));
  CHECK_FALSE(cidr("1.2.3.4").contains(ip("1.2.3.5")));
}

TEST_CASE("cidr: families do not contain each other") {
  CHECK_FALSE(cidr("0.0.0.0/0").contains(ip("::")));
  CHECK_FALSE(cidr("::/0").contains(ip("0.0.0.0")));
}

TEST_CASE("cidr: a flipped bit leaves the network exactly if it lies within the prefix") {
  const IpAddress host = ip("2001:db8:aaaa:5555:aaaa:5555:aaaa:5555");
  for (int prefix = 0; prefix <= 128; ++prefix) {
    Cidr network{host, prefix};
    for (int bit = 0; bit < 128; ++bit) {
      IpAddress other = host;
      other.data[static_cast<std::size_t>(bit) / 8] ^= static_cast<std::uint8_t>(0x80U >> (static_cast<unsigned>(bit) % 8));
      CHECK(network.contains(other) == (bit >= prefix));
    }
  }
}
