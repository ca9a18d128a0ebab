#include "client/front/origin_request.hpp"

#include <doctest/doctest.h>

#include "protocol/wire/limits.hpp"
#include "tests/unit/client/front/sample_request.hpp"

namespace ferry::client {

namespace {

std::string origin_head(const std::string& first_line, const std::string& fields = "") {
  return origin_request_head(sample_request(first_line, fields));
}

}  // namespace

TEST_CASE("origin request: origin form, Host of the target, the app's fields in its order") {
  CHECK(origin_head("POST http://B.test:8080/x?q=1#f HTTP/1.1",
                    "Content-Length: 3\r\nX-Odd: 1\r\nCookie: a=b\r\nExpect: 100-continue\r\nX-Odd: 2\r\n") ==
        "POST /x?q=1 HTTP/1.1\r\nHost: b.test:8080\r\nContent-Length: 3\r\nX-Odd: 1\r\nCookie: a=b\r\nExpect: 100-continue\r\nX-Odd: "
        "2\r\nConnection: close\r\n\r\n");
  CHECK(origin_head("GET http://[::1]:80 HTTP/1.0") == "GET / HTTP/1.0\r\nHost: [::1]\r\nConnection: close\r\n\r\n");
}

TEST_CASE("origin request: OPTIONS of a whole origin is asked with an asterisk") {
  CHECK(origin_head("OPTIONS http://b.test HTTP/1.1").starts_with("OPTIONS * HTTP/1.1\r\n"));
  CHECK(origin_head("OPTIONS http://b.test/ HTTP/1.1").starts_with("OPTIONS / HTTP/1.1\r\n"));
  CHECK(origin_head("OPTIONS http://b.test?x HTTP/1.1").starts_with("OPTIONS /?x HTTP/1.1\r\n"));
}

TEST_CASE("origin request: what belongs to the connection stays behind") {
  const std::string fields =
      "Connection: X-Hop, keep-alive\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: x-old\r\nX-Old: 1\r\nProxy-Authorization: Basic "
      "YTpi\r\n"
      "Proxy-Authenticate: x\r\nProxy-Other: x\r\nTE: trailers\r\nTrailer: Digest\r\nUpgrade: websocket\r\nTransfer-Encoding: "
      "chunked\r\nAuthorization: Basic YTpi\r\n";
  CHECK(origin_head("POST http://a.test/ HTTP/1.1", fields) ==
        "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\nAuthorization: Basic YTpi\r\nConnection: close\r\n\r\n");
}

TEST_CASE("origin request: an upgrade passes when it is asked for") {
  CHECK(origin_head("GET http://a.test/ws HTTP/1.1", "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n") ==
        "GET /ws HTTP/1.1\r\nHost: a.test\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nConnection: Upgrade\r\n\r\n");
}

TEST_CASE("origin request: Connection cannot name the framing away") {
  CHECK(origin_head("POST http://a.test/ HTTP/1.1", "Connection: content-length, host\r\nContent-Length: 3\r\n") ==
        "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\nConnection: close\r\n\r\n");
}

TEST_CASE("fetch headers: lower-case, without connection, route, range, condition and body") {
  const auto head = sample_request(
      "GET http://a.test/ HTTP/1.1",
      "Accept: text/html\r\nCONNECTION: x-hop\r\nX-Hop: 1\r\nRange: bytes=0-\r\nIf-Range: \"x\"\r\nIf-Match: \"x\"\r\nIf-None-Match: \"x\"\r\n"
      "If-Modified-Since: x\r\nIf-Unmodified-Since: x\r\nContent-Length: 0\r\nExpect: 100-continue\r\nProxy-Authorization: Basic YTpi\r\n"
      "Proxy-Connection: keep-alive\r\nTE: trailers\r\nUpgrade: h2c\r\nAccept-Language: de\r\nCookie: a=b\r\n");
  CHECK(fetch_headers(head).value() == content::Headers{{"accept", "text/html"}, {"accept-language", "de"}, {"cookie", "a=b"}});
  CHECK(fetch_headers(sample_request("POST http://a.test/ HTTP/1.1", "Transfer-Encoding: chunked\r\n")).value().empty());
}

TEST_CASE("fetch headers: no more than a relay takes") {
  std::string fields;
  for (std::size_t i = 0; i < wire::kMaxRequestHeaders; ++i) fields += "A: b\r\n";
  CHECK(fetch_headers(sample_request("GET http://a.test/ HTTP/1.1", fields))->size() == wire::kMaxRequestHeaders);
  CHECK(fetch_headers(sample_request("GET http://a.test/ HTTP/1.1", fields + "A: b\r\n")).error().code == "http_too_many_fields");
  const auto cookie = [](std::size_t size) { return "Cookie: " + std::string(size, 'x') + "\r\n"; };
  CHECK(fetch_headers(sample_request("GET http://a.test/ HTTP/1.1", cookie(wire::kMaxRequestHeaderBytes - 6))).has_value());
  CHECK(fetch_headers(sample_request("GET http://a.test/ HTTP/1.1", cookie(wire::kMaxRequestHeaderBytes - 5))).error().code == "http_head_too_large");
}

}  // namespace ferry::client
