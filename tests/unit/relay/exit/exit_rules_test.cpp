#include "relay/exit/exit_rules.hpp"

#include <doctest/doctest.h>

#include "tests/unit/relay/exit/addresses.hpp"

namespace {

using namespace ferry;
using namespace ferry::relay::exit;
using test::ip;

TEST_CASE("exit rules: an allow is read in each form and written in canonical form") {
  const std::pair<const char*, const char*> forms[] = {
      {"127.0.0.0/8", "127.0.0.0/8"},       {"10.0.0.1", "10.0.0.1/32"},     {"10.0.0.1:8080", "10.0.0.1/32:8080"},
      {"10.0.0.0/8:65535", "10.0.0.0/8:65535"}, {"fd00::/8", "fd00::/8"},    {"::1", "::1/128"},
      {"[::1]:8080", "[::1/128]:8080"},     {"[fd00::/8]:1", "[fd00::/8]:1"}, {"[fd00::/8]", "fd00::/8"},
      {"::ffff:10.0.0.0/104", "10.0.0.0/8"}, {"[::ffff:10.0.0.1]:80", "10.0.0.1/32:80"}, {"0.0.0.0/0", "0.0.0.0/0"},
  };
  for (const auto& [text, canonical] : forms) {
    CAPTURE(text);
    const auto allow = parse_exit_allow(text);
    REQUIRE(allow.has_value());
    CHECK(allow->to_string() == canonical);
    CHECK((parse_exit_allow(allow->to_string()) == *allow));
  }
}

TEST_CASE("exit rules: an allow that can be misread is refused") {
  for (const char* text : {"",
                           ":80",
                           "[]",
                           "[",
                           "]",
                           "[]:80",
                           "10.0.0.1:",
                           "10.0.0.1:0",
                           "10.0.0.1:080",
                           "10.0.0.1:65536",
                           "10.0.0.1:99999",
                           "10.0.0.1:+1",
                           "10.0.0.1:80:80",
                           "10.0.0.1/33",
                           "10.0.0.1/8",
                           "10.0.0/8",
                           "localhost",
                           "example.org:80",
                           "[::1",
                           "[::1]80",
                           "[::1]:",
                           "[::1]:x",
                           "fe80::1%eth0",
                           "*",
                           "010.0.0.1",
                           "127.1",
                           "10.0.0.0/8 "}) {
    CAPTURE(text);
    const auto allow = parse_exit_allow(text);
    REQUIRE_FALSE(allow.has_value());
    CHECK(allow.error().code == "exit_rule_allow");
    CHECK(allow.error().kind == base::ErrorKind::refusal);
    CHECK(allow.error().message.find("CIDR:PORT") != std::string::npos);
  }
}

TEST_CASE("exit rules: an allow without a port covers every port, one with a port only that") {
  const auto any = parse_exit_allow("10.0.0.0/8").value();
  CHECK(any.covers(ip("10.255.0.1"), 1));
  CHECK(any.covers(ip("10.255.0.1"), 65535));
  CHECK_FALSE(any.covers(ip("11.0.0.0"), 80));
  const auto one = parse_exit_allow("10.0.0.0/8:8080").value();
  CHECK(one.covers(ip("10.0.0.0"), 8080));
  CHECK_FALSE(one.covers(ip("10.0.0.0"), 80));
  CHECK_FALSE(one.covers(ip("9.255.255.255"), 8080));
}

TEST_CASE("exit rules: a deny is a range or an address, without a port") {
  CHECK((parse_exit_deny("10.0.0.0/8")->to_string() == "10.0.0.0/8"));
  CHECK((parse_exit_deny("::ffff:192.0.2.1")->to_string() == "192.0.2.1/32"));
  for (const char* text : {"", "10.0.0.1:80", "[::1]", "example.org", "10.0.0.1/8"}) {
    CAPTURE(text);
    const auto deny = parse_exit_deny(text);
    REQUIRE_FALSE(deny.has_value());
    CHECK(deny.error().code == "exit_rule_deny");
  }
}

TEST_CASE("exit rules: a denied domain is brought into canonical form") {
  for (const char* text : {"example.org", "EXAMPLE.org", "example.org.", ".example.org", "*.example.org", "*.Example.ORG."}) {
    CAPTURE(text);
    CHECK((parse_deny_domain(text) == std::string{"example.org"}));
  }
}

TEST_CASE("exit rules: what is not a domain is refused") {
  for (const char* text :
       {"", ".", "*", "*.", "10.0.0.1", "127.1", "0x7f000001", "[::1]", "a..b", "ex ample.org", "*.*.example.org", "http://example.org"}) {
    CAPTURE(text);
    const auto domain = parse_deny_domain(text);
    REQUIRE_FALSE(domain.has_value());
    CHECK(domain.error().code == "exit_rule_domain");
  }
}

}  // namespace
