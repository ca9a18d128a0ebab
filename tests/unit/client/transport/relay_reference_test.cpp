#include "client/transport/relay_reference.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace ferry::client {

TEST_CASE("relay reference: reads what it writes") {
  for (const char* text : {"ferry://0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed@relay.example:443", "ferry://0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed@127.0.0.1:1",
                           "ferry://0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed@[2001:db8::1]:65535"}) {
    CAPTURE(text);
    const auto reference = RelayReference::parse(text);
    REQUIRE(reference.has_value());
    CHECK(reference->to_string() == text);
  }
}

TEST_CASE("relay reference: one text for all ways to write it") {
  const auto reference = RelayReference::parse("ferry://0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed@Relay.Example:443/");
  REQUIRE(reference.has_value());
  CHECK(reference->to_string() == "ferry://0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed@relay.example:443");
}

TEST_CASE("relay reference: what is none is refused with the form that it should have") {
  const std::string address = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
  const std::vector<std::string> wrong{"", "https://relay", "ferry://relay.example:443", "ferry://" + address + "@relay.example",
                                  "ferry://" + address + "@relay.example:0", "ferry://" + address + "@relay.example:65536", "ferry://" + address + "@relay.example:4x",
                                  "ferry://" + address + "@relay.example:", "ferry://0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD@relay.example:1",
                                  "ferry://" + address + "@:443", "ferry://" + address + "@a b:443", "ferry://" + address + "@" + std::string(300, 'a') + ":1"};
  for (const auto& text : wrong) {
    CAPTURE(text);
    const auto reference = RelayReference::parse(text);
    REQUIRE_FALSE(reference.has_value());
    CHECK(reference.error().kind == base::ErrorKind::refusal);
  }
  CHECK(RelayReference::parse("x").error().message.find("ferry://0xADDRESS@host:port") != std::string::npos);
}

}  // namespace ferry::client
