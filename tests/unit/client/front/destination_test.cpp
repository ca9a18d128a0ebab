#include "client/front/destination.hpp"

#include <doctest/doctest.h>

namespace ferry::client {

TEST_CASE("destination: host and port") {
  CHECK(parse_destination("Example.com:443")->to_string() == "example.com:443");
  CHECK(parse_destination("[2001:DB8::1]:8443")->to_string() == "[2001:db8::1]:8443");
  CHECK(parse_destination("10.1:1")->to_string() == "10.0.0.1:1");
  CHECK(parse_destination("a.test:65535")->port == 65535);
  CHECK(parse_destination("a.test", 80)->port == 80);
  CHECK(parse_destination("a.test:", 80)->port == 80);
  CHECK(parse_destination("[::1]", 80)->to_string() == "[::1]:80");
}

TEST_CASE("destination: what is none is refused by reason") {
  const auto code = [](const std::string& text) { return parse_destination(text).error().code; };
  for (const auto* text :
       {"a.test", "a.test:", "a.test:0", "a.test:65536", "a.test:000443", "a.test:4x", "a.test:-1", "a.test: 1", "a.test:1:2", "[::1]"}) {
    CAPTURE(text);
    CHECK(code(text) == "destination_port");
  }
  CHECK(parse_destination("a.test:0", 80).error().code == "destination_port");
  CHECK(code("") == "host_empty");
  CHECK(code(":1") == "host_empty");
  CHECK(code("user@a.test:1") == "host_character");
  CHECK(code("::1:80") == "host_empty");
  CHECK(code("[::1:80") == "host_ipv6");
  CHECK(code("[::1]x:80") == "host_ipv6");
  CHECK(code(std::string(256, 'a') + ":1") == "host_too_long");
}

}  // namespace ferry::client
