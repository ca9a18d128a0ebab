#include "relay/ops/setting_text.hpp"

#include <doctest/doctest.h>

using namespace ferry::relay;
using namespace std::chrono_literals;

TEST_CASE("setting text: an endpoint is a numeric address and a port") {
  CHECK(to_text(parse_endpoint("127.0.0.1:8443").value()) == "127.0.0.1:8443");
  CHECK(to_text(parse_endpoint("[2001:DB8::1]:0").value()) == "[2001:db8::1]:0");
  CHECK(parse_endpoint("localhost:1")->host == "127.0.0.1");
  for (const auto* bad : {"", "127.0.0.1", ":80", "example.org:80", "127.0.0.1:65536", "127.0.0.1:", "127.0.0.1:-1", "::1:80", "[127.0.0.1]:80",
                          "127.1:80", "[::1]80"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_endpoint(bad));
  }
}

TEST_CASE("setting text: bytes take a unit and come back in the largest that fits") {
  CHECK(parse_bytes("0").value() == 0);
  CHECK(parse_bytes("1000").value() == 1000);
  CHECK(parse_bytes("3KiB").value() == 3072);
  CHECK(parse_bytes("10GiB").value() == 10'737'418'240);
  CHECK(parse_bytes("2T").value() == std::uint64_t{2} << 40U);
  CHECK(bytes_text(3072) == "3KiB");
  CHECK(bytes_text(1000) == "1000");
  CHECK(bytes_text(0) == "0");
  CHECK(bytes_text(UINT64_MAX) == "18446744073709551615");
  for (const auto* bad : {"", "GiB", "1.5GiB", "10MB", "-1", "1 GiB", "16777216TiB", "18446744073709551616"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_bytes(bad));
  }
}

TEST_CASE("setting text: times take a unit, seconds without one") {
  CHECK(parse_duration("90").value() == 90s);
  CHECK(parse_duration("10m").value() == 600s);
  CHECK(parse_duration("7d").value() == 168h);
  CHECK(duration_text(90s) == "90s");
  CHECK(duration_text(600s) == "10m");
  CHECK(duration_text(0s) == "0s");
  for (const auto* bad : {"", "m", "1w", "1.5h", "-1s", "99999999999"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_duration(bad));
  }
}

TEST_CASE("setting text: a refusal names what was expected and what came") {
  const auto refused = parse_count("70000", 1, 65'535);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == "setting");
  CHECK(refused.error().message == "a whole number from 1 to 65535 is expected, not \"70000\"");
  CHECK_FALSE(parse_count("0", 1, 65'535));
  CHECK(parse_switch("on").value());
  CHECK_FALSE(parse_switch("no").value());
  CHECK_FALSE(parse_switch("maybe"));
}
