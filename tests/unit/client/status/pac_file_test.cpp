#include "client/status/pac_file.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/unit/client/status/holds.hpp"

namespace ferry::client {

namespace {

std::string pac(std::string_view host, const std::vector<std::string>& patterns) {
  return pac_file(base::Host::parse(host).value(), 1080, Exclusions::parse(patterns).value());
}

}  // namespace

TEST_CASE("pac file: names the proxy, and no way around it") {
  CHECK(holds(pac("127.0.0.1", {}), R"(var proxy = "PROXY 127.0.0.1:1080; SOCKS5 127.0.0.1:1080";)"));
  CHECK(holds(pac("[::1]", {}), R"(var proxy = "PROXY [::1]:1080; SOCKS5 [::1]:1080";)"));
  CHECK(holds(pac("127.0.0.1", {}), "function FindProxyForURL(url, host) {"));
  CHECK(holds(pac("127.0.0.1", {}), R"(var own = "ferry.local";)"));
}

TEST_CASE("pac file: local destinations and exclusions become rules") {
  const auto text = pac("127.0.0.1", {"example.org", "*.example.net:8443", "192.168.0.0/17", "2001:db8::/32"});
  CHECK(holds(text, R"({"below":"localhost"})"));
  CHECK(holds(text, R"({"network":"4:00001010"})"));
  CHECK(holds(text, R"({"network":"6:1111110"})"));
  CHECK(holds(text, R"({"name":"example.org"})"));
  CHECK(holds(text, R"({"below":"example.net","port":8443})"));
  CHECK(holds(text, R"({"network":"4:11000000101010000"})"));
  CHECK(holds(text, R"({"network":"6:00100000000000010000110110111000"})"));
}

TEST_CASE("pac file: is plain ASCII that old engines read") {
  const auto text = pac("127.0.0.1", {"example.org"});
  CHECK(std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || (c >= 0x20 && c < 0x7f); }));
  for (const char* newer : {"let ", "const ", "=>", "`", "startsWith", "includes(", "dnsResolve", "isInNet"}) {
    CAPTURE(newer);
    CHECK_FALSE(holds(text, newer));
  }
}

}  // namespace ferry::client
