#include <doctest/doctest.h>

#include "protocol/base/url.hpp"
#include "tests/unit/protocol/base/code_of.hpp"

using namespace ferry::base;

namespace {

struct HostSpelling {
  const char* text;
  const char* canonical;
};

struct RefusedHost {
  const char* text;
  const char* code;
};

}  // namespace

TEST_CASE("host: names become lower-case and lose their trailing dot") {
  constexpr HostSpelling kNames[] = {
      {"example.com", "example.com"},
      {"EXAMPLE.Com", "example.com"},
      {"example.com.", "example.com"},
      {"localhost.", "localhost"},
      {"LOCALHOST", "localhost"},
      {"xn--bcher-kva.example", "xn--bcher-kva.example"},
      {"a", "a"},
      {"my_host.example", "my_host.example"},
      {"r3---sn-x.example", "r3---sn-x.example"},
      {"1.2.3.4.example", "1.2.3.4.example"},
      {"0x7f.example", "0x7f.example"},
      {"1e100.net", "1e100.net"},
      {"example.0xg", "example.0xg"},
      {"example.1a", "example.1a"},
  };
  for (const auto& [text, canonical] : kNames) {
    CAPTURE(text);
    const auto host = Host::parse(text);
    REQUIRE(host.has_value());
    CHECK_FALSE(host->is_address());
    CHECK(host->to_string() == canonical);
  }
}

TEST_CASE("host: every spelling of an IPv4 address is that address") {
  constexpr HostSpelling kAddresses[] = {
      {"127.0.0.1", "127.0.0.1"},
      {"127.0.0.1.", "127.0.0.1"},
      {"127.1", "127.0.0.1"},
      {"127.0.1", "127.0.0.1"},
      {"2130706433", "127.0.0.1"},
      {"017700000001", "127.0.0.1"},
      {"0x7f000001", "127.0.0.1"},
      {"0X7F.0X0.0X0.0X1", "127.0.0.1"},
      {"0x7f.1", "127.0.0.1"},
      {"0177.0.0.1", "127.0.0.1"},
      {"0177.0.0.01", "127.0.0.1"},
      {"0000177.0.0.0x00000001", "127.0.0.1"},
      {"0x7F.0.000001", "127.0.0.1"},
      {"0", "0.0.0.0"},
      {"0x", "0.0.0.0"},
      {"00", "0.0.0.0"},
      {"0x.0x.0", "0.0.0.0"},
      {"192.168.257", "192.168.1.1"},
      {"192.0xa80101", "192.168.1.1"},
      {"169.254.43518", "169.254.169.254"},
      {"0xa9fea9fe", "169.254.169.254"},
      {"2852039166", "169.254.169.254"},
      {"255.255.255.255", "255.255.255.255"},
      {"4294967295", "255.255.255.255"},
      {"037777777777", "255.255.255.255"},
  };
  for (const auto& [text, canonical] : kAddresses) {
    CAPTURE(text);
    const auto host = Host::parse(text);
    REQUIRE(host.has_value());
    CHECK(host->is_address());
    CHECK(host->to_string() == canonical);
    CHECK(Host::parse(canonical).value() == *host);
  }
}

TEST_CASE("host: what ends in a number and is no address is refused") {
  for (const char* bad : {"256.0.0.1",
                          "1.256.0.1",
                          "1.2.3.256",
                          "1.2.65536",
                          "1.16777216",
                          "4294967296",
                          "99999999999999999999999999",
                          "0x100000000",
                          "0x10000000000000001",
                          "1.2.3.4.5",
                          "1.2.3.4.0",
                          "09",
                          "127.0.0.08",
                          "1..2",
                          ".1",
                          "1.2.3..4",
                          "foo.1",
                          "foo.0x",
                          "foo.0x1f",
                          "foo.09",
                          "a.1.",
                          "1.2.3.08",
                          "0x7f.0.0.1.0x1",
                          "1.2.a.4"}) {
    CAPTURE(bad);
    CHECK(code_of(Host::parse(bad)) == "host_number");
  }
}

TEST_CASE("host: IPv6 stands in brackets and is written canonically") {
  constexpr HostSpelling kAddresses[] = {
      {"[::1]", "[::1]"},
      {"[0:0:0:0:0:0:0:1]", "[::1]"},
      {"[2001:DB8:0::1]", "[2001:db8::1]"},
      {"[::ffff:127.0.0.1]", "[::ffff:127.0.0.1]"},
      {"[::FFFF:7f00:1]", "[::ffff:127.0.0.1]"},
  };
  for (const auto& [text, canonical] : kAddresses) {
    CAPTURE(text);
    const auto host = Host::parse(text);
    REQUIRE(host.has_value());
    CHECK(host->is_address());
    CHECK(host->to_string() == canonical);
  }
}

TEST_CASE("host: refusals have their codes") {
  constexpr RefusedHost kRefused[] = {
      {"", "host_empty"},
      {".", "host_empty"},
      {"..", "host_label"},
      {"a..b", "host_label"},
      {".example", "host_label"},
      {"example..", "host_label"},
      {"[fe80::1%eth0]", "host_zone_id"},
      {"[fe80::1%25eth0]", "host_zone_id"},
      {"[::1", "host_ipv6"},
      {"[", "host_ipv6"},
      {"[]", "host_ipv6"},
      {"[::1]x", "host_ipv6"},
      {"[127.0.0.1]", "host_ipv6"},
      {"[1::2::3]", "host_ipv6"},
      {"[[::1]]", "host_ipv6"},
      {"::1", "host_character"},
      {"exa mple", "host_character"},
      {"exa%6dple", "host_character"},
      {"%31%32%37.0.0.1", "host_character"},
      {"127.0.0.1%00", "host_character"},
      {"a@b", "host_character"},
      {"a/b", "host_character"},
      {"a\\b", "host_character"},
      {"a\tb", "host_character"},
      {"a]b", "host_character"},
      {"b\xc3\xbc"
       "cher.example",
       "host_character"},
      {"\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1", "host_character"},  // fullwidth 127
      {"127\xe3\x80\x82"
       "0.0.1",
       "host_character"},                        // ideographic full stop
      {"\xe2\x91\xa0.1.1.1", "host_character"},  // circled one
      {"a*b", "host_character"},
      {"a,b", "host_character"},
      {"a!b", "host_character"},
  };
  for (const auto& [text, code] : kRefused) {
    CAPTURE(text);
    CHECK(code_of(Host::parse(text)) == code);
  }
  CHECK(code_of(Host::parse(std::string_view{"a\0b", 3})) == "host_character");
}

TEST_CASE("host: labels have at most 63 bytes and names at most 253") {
  const std::string label(63, 'a');
  CHECK(Host::parse(label).has_value());
  CHECK(code_of(Host::parse(label + "a")) == "host_label");
  const std::string name = label + "." + label + "." + label + "." + std::string(61, 'b');
  REQUIRE(name.size() == 253);
  CHECK(Host::parse(name).has_value());
  CHECK(Host::parse(name + ".").has_value());
  CHECK(code_of(Host::parse(name + "b")) == "host_too_long");
  CHECK(code_of(Host::parse(std::string(100'000, 'a'))) == "host_too_long");
}
