#include "client/proxy/exclusions.hpp"

#include <doctest/doctest.h>

namespace ferry::client {

namespace {

bool covers(std::string_view pattern, std::string_view host, std::uint16_t port = 443) {
  CAPTURE(pattern);
  CAPTURE(host);
  const auto exclusion = Exclusion::parse(pattern);
  const auto parsed = base::Host::parse(host);
  REQUIRE(exclusion.has_value());
  REQUIRE(parsed.has_value());
  return exclusion->covers(*parsed, port);
}

}  // namespace

TEST_CASE("exclusions: a name is that name, in any case") {
  CHECK(covers("example.org", "example.org"));
  CHECK(covers("Example.ORG.", "eXample.org"));
  CHECK_FALSE(covers("example.org", "www.example.org"));
  CHECK_FALSE(covers("example.org", "example.org.evil.com"));
  CHECK_FALSE(covers("example.org", "notexample.org"));
}

TEST_CASE("exclusions: a star or a point in front stands for all names below") {
  for (const char* pattern : {"*.example.org", ".example.org"}) {
    CHECK(covers(pattern, "www.example.org"));
    CHECK(covers(pattern, "a.b.EXAMPLE.org"));
    CHECK_FALSE(covers(pattern, "example.org"));
    CHECK_FALSE(covers(pattern, "notexample.org"));
    CHECK_FALSE(covers(pattern, "192.0.2.1"));
  }
}

TEST_CASE("exclusions: addresses and networks") {
  CHECK(covers("10.0.0.0/8", "10.255.0.1"));
  CHECK(covers("10.0.0.0/8", "0xa.1"));
  CHECK(covers("10.0.0.0/8", "[::ffff:10.1.1.1]"));
  CHECK_FALSE(covers("10.0.0.0/8", "11.0.0.1"));
  CHECK_FALSE(covers("10.0.0.0/8", "10.example.org"));
  CHECK(covers("0.0.0.0/0", "8.8.8.8"));
  CHECK_FALSE(covers("0.0.0.0/0", "[2001:db8::1]"));
  CHECK(covers("2001:db8::/32", "[2001:db8::1]"));
  CHECK(covers("192.0.2.7", "192.0.2.7"));
  CHECK_FALSE(covers("192.0.2.7", "192.0.2.8"));
  CHECK(covers("2001:db8::1", "[2001:db8:0::1]"));
  CHECK(covers("[2001:db8::1]", "[2001:db8::1]"));
  CHECK(covers("::ffff:192.0.2.7", "192.0.2.7"));
}

TEST_CASE("exclusions: a port restricts") {
  CHECK(covers("example.org:8443", "example.org", 8443));
  CHECK_FALSE(covers("example.org:8443", "example.org", 443));
  CHECK(covers("*.example.org:22", "a.example.org", 22));
  CHECK_FALSE(covers("*.example.org:22", "a.example.org", 23));
  CHECK(covers("[2001:db8::1]:22", "[2001:db8::1]", 22));
  CHECK_FALSE(covers("[2001:db8::1]:22", "[2001:db8::1]", 23));
  CHECK(covers("192.0.2.7:22", "192.0.2.7", 22));
}

TEST_CASE("exclusions: what is no pattern is refused") {
  for (const char* text : {"", "*", ".", "*.", "*example.org", "a.*.org", "exa mple.org", "example.org:", "example.org:0", "example.org:65536",
                           "example.org:080", "example.org:-1", "example.org:+1", ":80", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/8:80", "*.10.0.0.1",
                           "http://example.org", "[::1", "[::1]x", "1.2.3.4.5", "a..b", "[fe80::1%eth0]:80"}) {
    CAPTURE(text);
    CHECK_FALSE(Exclusion::parse(text).has_value());
  }
}

TEST_CASE("exclusions: many, one refused refuses all, and too many") {
  const std::vector<std::string> patterns{"example.org", "*.example.net:80"};
  const auto exclusions = Exclusions::parse(patterns);
  REQUIRE(exclusions.has_value());
  CHECK(exclusions->covers(base::Host::parse("example.org").value(), 1));
  CHECK(exclusions->covers(base::Host::parse("a.example.net").value(), 80));
  CHECK_FALSE(exclusions->covers(base::Host::parse("a.example.net").value(), 81));
  CHECK_FALSE(Exclusions{}.covers(base::Host::parse("example.org").value(), 1));
  const std::vector<std::string> broken{"example.org", "*"};
  CHECK_FALSE(Exclusions::parse(broken).has_value());
  const std::vector<std::string> many(Exclusions::kMaxPatterns + 1, "example.org");
  CHECK(Exclusions::parse(many).error().code == "exclusions_too_many");
}

}  // namespace ferry::client
