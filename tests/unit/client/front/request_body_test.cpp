#include "client/front/request_body.hpp"

#include <doctest/doctest.h>

#include "tests/unit/client/front/uncut_outcome.hpp"

namespace ferry::client {

namespace {

const std::string kCounted = "POST http://a.test/ HTTP/1.1\r\nHost: a.test\r\nContent-Length: ";
const std::string kChunked = "POST http://a.test/ HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n";
const std::string kNext = "GET /next HTTP/1.1\r\nHost: a.test\r\n\r\n";

void passes_unchanged(const std::string& start, const std::string& body) {
  CAPTURE(body);
  const auto all = http_outcome_of(start + body + kNext);
  REQUIRE(all.requests.size() == 2);
  CHECK(all.requests[0].body == body);
  CHECK(all.requests[1].head.target.text == "/next");
  CHECK(all.is_idle);
}

std::string body_code(const std::string& body) {
  const auto all = http_outcome_of(kChunked + body);
  return all.error ? all.error->code : std::string();
}

}  // namespace

TEST_CASE("body: none, or as long as Content-Length says") {
  passes_unchanged("POST http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n", "");
  passes_unchanged(kCounted + "0\r\n\r\n", "");
  passes_unchanged(kCounted + "5\r\n\r\n", "G\r\n\r\n");
  CHECK_FALSE(http_outcome_of(kCounted + "5\r\n\r\nabcd").is_idle);
}

TEST_CASE("body: chunks, extensions and trailers pass unchanged, and the next request is kept") {
  passes_unchanged(kChunked, "0\r\n\r\n");
  passes_unchanged(kChunked, "5\r\nhello\r\n0\r\n\r\n");
  passes_unchanged(kChunked, "A\r\n0123456789\r\n00a\r\nabcdefghij\r\n000\r\n\r\n");
  passes_unchanged(kChunked, "3;name=\"v;\t1\";x\r\n\r\n0\r\n0;last\r\nDigest: x\r\nOther:\r\n\r\n");
}

TEST_CASE("body: a half body waits") {
  const std::string body = "3;x\r\nabc\r\n0\r\nA: b\r\n\r\n";
  for (std::size_t size = 0; size < body.size(); ++size) {
    const auto half = http_outcome_of(kChunked + body.substr(0, size));
    CHECK(half.requests.empty());
    CHECK_FALSE(half.is_idle);
    CHECK_FALSE(half.error);
  }
}

TEST_CASE("body: chunked framing is strict") {
  for (const auto* bad : {"\r\n", ";x\r\n", "g\r\n", "0x5\r\nhello\r\n", "-1\r\n", "+1\r\n", "5 \r\nhello\r\n", " 5\r\nhello\r\n", "5\nhello\r\n",
                          "5\r\nhello\n0", "5\r\nhello0\r\n\r\n", "5\r\nhello\r0", "5\rhello", "1000000000000000\r\n", "0000000000000001\r\n"}) {
    CAPTURE(bad);
    CHECK(body_code(bad) == "http_chunk");
  }
  CHECK(body_code("fffffffffffffff\r\nx").empty());
}

TEST_CASE("body: extensions and trailers are bounded and clean") {
  CHECK(body_code("1;a\x01\r\n") == "http_chunk_extensions");
  CHECK(body_code("1;a\nb\r\n") == "http_chunk_extensions");
  CHECK(body_code("1;" + std::string(RequestBody::kMaxExtensionBytes, 'x') + "\r\nabc") == "http_chunk");
  CHECK(body_code("1;" + std::string(RequestBody::kMaxExtensionBytes + 1, 'x')) == "http_chunk_extensions");
  std::string many;
  for (int i = 0; i < 17; ++i) many += "1;" + std::string(1024, 'x') + "\r\na\r\n";
  CHECK(body_code(many) == "http_chunk_extensions");

  CHECK(body_code("0\r\nno colon\r\n\r\n") == "http_field_name");
  CHECK(body_code("0\r\nA : b\r\n\r\n") == "http_field_name");
  CHECK(body_code("0\r\nA: b\r\n c\r\n\r\n") == "http_folded_field");
  CHECK(body_code("0\r\nA: b\x02\r\n\r\n") == "http_field_value");
  CHECK(body_code("0\r\nA: b\n\r\n") == "http_trailers");
  CHECK(body_code("0\r\nA: b\rc") == "http_trailers");
  CHECK(body_code("0\r\nA: " + std::string(RequestBody::kMaxTrailerBytes, 'x')) == "http_trailers");
  const std::string fits = "A: " + std::string(RequestBody::kMaxTrailerBytes - 7, 'x') + "\r\n\r\n";
  CHECK(fits.size() == RequestBody::kMaxTrailerBytes);
  CHECK(body_code("0\r\n" + fits).empty());
}

}  // namespace ferry::client
