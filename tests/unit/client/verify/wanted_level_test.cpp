#include "client/verify/wanted_level.hpp"

#include <doctest/doctest.h>

namespace ferry::client {

using content::VerificationLevel;

TEST_CASE("wanted level: each is read, with how many relays and whether one will do") {
  CHECK(parse_wanted_level("relay")->level == VerificationLevel::relay);
  CHECK(parse_wanted_level("origin-digest")->level == VerificationLevel::origin_digest);
  CHECK(parse_wanted_level("content-address")->level == VerificationLevel::content_address);
  const auto strict = parse_wanted_level("quorum=2");
  CHECK(strict->level == VerificationLevel::quorum);
  CHECK(strict->quorum == 2);
  CHECK_FALSE(strict->or_relay);
  const auto lenient = parse_wanted_level("quorum=8,relay");
  CHECK(lenient->quorum == 8);
  CHECK(lenient->or_relay);
  CHECK_FALSE(lenient->or_tunnel);
  const auto carried = parse_wanted_level("quorum=3,tunnel");
  CHECK(carried->quorum == 3);
  CHECK(carried->or_tunnel);
  CHECK_FALSE(carried->or_relay);
}

TEST_CASE("wanted level: nothing else is") {
  for (const char* text : {"", "quorum", "quorum=", "quorum=1", "quorum=9", "quorum=02", "quorum=2,", "quorum=2,relay,relay", "quorum=2,tunnel,relay", "quorum=2,tunnels", "quorum=2 ", "Relay", "quorum=,relay"}) {
    CAPTURE(text);
    const auto read = parse_wanted_level(text);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().code == "verification_level");
  }
}

}  // namespace ferry::client
