#include "client/front/fetched_answer.hpp"

#include <doctest/doctest.h>

#include "tests/unit/client/front/sample_request.hpp"

namespace ferry::client {

namespace {

const std::string kAdded = "Via: 1.1 ferry\r\nFerry-Verification: relay\r\n";

HttpRequestHead get_request(const std::string& fields = "", const std::string& minor = "1") {
  return sample_request("GET http://a.test/ HTTP/1." + minor, fields);
}

FetchedResponse response(std::optional<std::uint64_t> length, content::Headers headers = {}) {
  FetchedResponse out;
  out.length = length;
  out.headers = std::move(headers);
  return out;
}

}  // namespace

TEST_CASE("answer: a known length is counted, and the origin's fields pass") {
  const auto head =
      fetched_head(get_request(), response(10, {{"content-type", "text/plain"}, {"content-length", "99"}, {"set-cookie", "a"}, {"set-cookie", "b"}}));
  CHECK(head.text == "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nset-cookie: a\r\nset-cookie: b\r\nContent-Length: 10\r\n" + kAdded + "\r\n");
  CHECK(head.framing == BodyFraming::counted);
  CHECK(head.keeps_alive);
  CHECK_FALSE(head.has_trailer);
}

TEST_CASE("answer: an unknown length is chunked, or ends with the connection of an old app") {
  const auto chunked = fetched_head(get_request(), response(std::nullopt));
  CHECK(chunked.text == "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + kAdded + "\r\n");
  CHECK(chunked.framing == BodyFraming::chunked);
  CHECK(chunked.keeps_alive);
  const auto old = fetched_head(get_request("Connection: keep-alive\r\n", "0"), response(std::nullopt));
  CHECK(old.text == "HTTP/1.1 200 OK\r\n" + kAdded + "Connection: close\r\n\r\n");
  CHECK(old.framing == BodyFraming::until_close);
  CHECK_FALSE(old.keeps_alive);
}

TEST_CASE("answer: the connection is kept or closed as the app means it") {
  CHECK(fetched_head(get_request("Connection: close\r\n"), response(1)).text.ends_with("\r\nConnection: close\r\n\r\n"));
  CHECK(fetched_head(get_request("", "0"), response(1)).text.ends_with("\r\nConnection: close\r\n\r\n"));
  CHECK(fetched_head(get_request("Connection: keep-alive\r\n", "0"), response(1)).text.ends_with("\r\nConnection: keep-alive\r\n\r\n"));
}

TEST_CASE("answer: an app that reads trailers gets the charge behind the body") {
  const auto head = fetched_head(get_request("TE: trailers\r\n"), response(10));
  CHECK(head.text == "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Ferry-Charged\r\n" + kAdded + "\r\n");
  CHECK(head.has_trailer);
  CHECK(last_chunk(base::Amount::from_units(123'000'000'000'000ULL)) == "0\r\nFerry-Charged: 0.000123\r\n\r\n");
  CHECK(last_chunk() == "0\r\n\r\n");
  CHECK(chunk_start(1) == "1\r\n");
  CHECK(chunk_start(0x1fffe) == "1fffe\r\n");
  CHECK(chunk_start(SIZE_MAX) == "ffffffffffffffff\r\n");
}

TEST_CASE("answer: HEAD, 204 and 304 have no body") {
  const auto head = fetched_head(sample_request("HEAD http://a.test/ HTTP/1.1", "TE: trailers\r\n"), response(10));
  CHECK(head.framing == BodyFraming::none);
  CHECK(head.text == "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n" + kAdded + "\r\n");
  CHECK_FALSE(head.has_trailer);
  for (const std::uint16_t status : {std::uint16_t{204}, std::uint16_t{304}}) {
    auto empty = response(0);
    empty.status = status;
    const auto answer = fetched_head(get_request(), empty);
    CHECK(answer.framing == BodyFraming::none);
    CHECK(answer.text.find("Content-") == std::string::npos);
    CHECK(answer.text.find("Transfer-Encoding") == std::string::npos);
  }
}

TEST_CASE("answer: a part is 206 with Content-Range") {
  auto part = response(100, {{"content-range", "bytes 0-99/100"}, {"etag", "\"x\""}});
  part.part = BytePart{10, 19};
  CHECK(fetched_head(get_request(), part).text ==
        "HTTP/1.1 206 Partial Content\r\netag: \"x\"\r\nContent-Range: bytes 10-19/100\r\nContent-Length: 10\r\n" + kAdded + "\r\n");
  part.status = 404;
  CHECK(fetched_head(get_request(), part).text.find("HTTP/1.1 404 Not Found\r\n") == 0);
  CHECK(fetched_head(get_request(), part).text.find("Content-Length: 100\r\n") != std::string::npos);
  CHECK(range_refusal(get_request(), 100) ==
        "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */100\r\nContent-Length: 0\r\nVia: 1.1 ferry\r\n\r\n");
}

TEST_CASE("answer: an origin cannot speak for the connection, for Ferry or for a second response") {
  auto origin = response(1, {{"connection", "close"},
                             {"transfer-encoding", "chunked"},
                             {"trailer", "x"},
                             {"proxy-authenticate", "x"},
                             {"Keep-Alive", "x"},
                             {"ferry-verification", "content-address"},
                             {"Ferry-Charged", "0"},
                             {"a", "b\r\nc: d"},
                             {"a b", "c"},
                             {"via", "1.1 cdn"}});
  origin.verification = content::VerificationLevel::origin_digest;
  CHECK(fetched_head(get_request(), origin).text ==
        "HTTP/1.1 200 OK\r\nvia: 1.1 cdn\r\nContent-Length: 1\r\nVia: 1.1 ferry\r\nFerry-Verification: origin-digest\r\n\r\n");
  auto odd = response(1);
  odd.status = 299;
  CHECK(fetched_head(get_request(), odd).text.starts_with("HTTP/1.1 299 \r\n"));
}

TEST_CASE("answer: a tunnel stands") { CHECK(connect_established() == "HTTP/1.1 200 Connection established\r\n\r\n"); }

}  // namespace ferry::client
