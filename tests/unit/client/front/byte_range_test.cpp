#include "client/front/byte_range.hpp"

#include <doctest/doctest.h>

namespace ferry::client {

TEST_CASE("range: one part in its three forms") {
  CHECK(parse_range("bytes=0-499").value() == AskedRange{0, 499, 0});
  CHECK(parse_range("Bytes=500-").value() == AskedRange{500, std::nullopt, 0});
  CHECK(parse_range("bytes=-500").value() == AskedRange{std::nullopt, std::nullopt, 500});
  CHECK(parse_range("bytes=-0").value() == AskedRange{std::nullopt, std::nullopt, 0});
  CHECK(parse_range("bytes=99999999999999999999-").value().first == UINT64_MAX);
  CHECK(parse_range("bytes=0-18446744073709551616").value().last == UINT64_MAX);
}

TEST_CASE("range: all else is ignored") {
  for (const auto* text : {"", "bytes", "bytes=", "bytes=-", "bytes=5", "bytes=5-4", "bytes=0-1,3-4", "bytes=0-1,", "bytes= 0-1", "bytes=0 -1",
                           "bytes=a-b", "bytes=0-b", "bytes=--1", "bytes=0--1", "items=0-1", "bytes:0-1", "bytes=+1-2"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_range(text));
  }
}

TEST_CASE("range: resolved against a body") {
  const auto part = [](const char* text, std::uint64_t length) { return resolve(parse_range(text).value(), length); };
  CHECK(part("bytes=0-0", 10).value() == BytePart{0, 0});
  CHECK(part("bytes=0-0", 10)->size() == 1);
  CHECK(part("bytes=3-", 10).value() == BytePart{3, 9});
  CHECK(part("bytes=3-100", 10).value() == BytePart{3, 9});
  CHECK(part("bytes=9-9", 10).value() == BytePart{9, 9});
  CHECK(part("bytes=-3", 10).value() == BytePart{7, 9});
  CHECK(part("bytes=-100", 10).value() == BytePart{0, 9});
  CHECK_FALSE(part("bytes=10-", 10));
  CHECK_FALSE(part("bytes=-0", 10));
  CHECK_FALSE(part("bytes=0-", 0));
  CHECK_FALSE(part("bytes=-5", 0));
  CHECK_FALSE(part("bytes=99999999999999999999-", UINT64_MAX));
}

TEST_CASE("range: If-Range holds for the same representation only") {
  const content::Headers response{{"etag", "\"v1\""}, {"last-modified", "Sat, 01 Jan 2000 00:00:00 GMT"}};
  CHECK(if_range_holds("\"v1\"", response));
  CHECK(if_range_holds("Sat, 01 Jan 2000 00:00:00 GMT", response));
  CHECK_FALSE(if_range_holds("\"v2\"", response));
  CHECK_FALSE(if_range_holds("W/\"v1\"", response));
  CHECK_FALSE(if_range_holds("W/\"v1\"", {{"etag", "W/\"v1\""}}));
  CHECK_FALSE(if_range_holds("Sat, 01 Jan 2000 00:00:01 GMT", response));
  CHECK_FALSE(if_range_holds("", {{"last-modified", ""}}));
  CHECK_FALSE(if_range_holds("\"v1\"", {}));
}

}  // namespace ferry::client
