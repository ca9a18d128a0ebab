#include <doctest/doctest.h>

#include "tests/unit/protocol/wire/message_samples.hpp"

using namespace ferry;
using namespace ferry::wire;

namespace {

bool method_passes(const std::string& method) {
  Request request = samples::request();
  request.method = method;
  return check(request).has_value();
}

bool header_passes(const std::string& name, const std::string& value) {
  Request request = samples::request();
  request.headers = {{name, value}};
  return check(request).has_value();
}

}  // namespace

TEST_CASE("check request: the method is a token") {
  CHECK(method_passes("GET"));
  CHECK(method_passes("M-SEARCH"));
  CHECK(method_passes("x"));
  CHECK_FALSE(method_passes(""));
  CHECK_FALSE(method_passes("GET "));
  CHECK_FALSE(method_passes("G\nT"));
  CHECK_FALSE(method_passes("G/T"));
  CHECK_FALSE(method_passes("G\xc3\x89T"));
}

TEST_CASE("check request: a header name is a lower-case token") {
  CHECK(header_passes("accept", "*/*"));
  CHECK(header_passes("x_1.2~!#$%&'*+-^`|", ""));
  CHECK_FALSE(header_passes("", "x"));
  CHECK_FALSE(header_passes("Accept", "x"));
  CHECK_FALSE(header_passes(":authority", "x"));
  CHECK_FALSE(header_passes("a b", "x"));
  CHECK_FALSE(header_passes("a\r", "x"));
}

TEST_CASE("check request: a header value holds no control character but tab") {
  for (int c = 0; c < 256; ++c) {
    CAPTURE(c);
    const bool allowed = c == '\t' || (c >= 0x20 && c != 0x7f);
    CHECK(header_passes("a", std::string(1, static_cast<char>(c))) == allowed);
  }
}

TEST_CASE("check request: decoding applies it") {
  Request request = samples::request();
  request.headers = {{"a", "x\r\nhost: other"}};
  const auto decoded = decode_to_relay(samples::bytes_of(ToRelay{request}));
  REQUIRE_FALSE(decoded.has_value());
  CHECK(decoded.error().code == "message_field");
  CHECK(decoded.error().kind == base::ErrorKind::peer_fault);
}
