#include "client/front/http_request.hpp"

#include <doctest/doctest.h>

#include "tests/unit/client/front/sample_request.hpp"

namespace ferry::client {

TEST_CASE("http request: whether the connection is kept") {
  const auto keeps = [](const char* version, const char* fields) {
    return sample_request("GET http://a.test/ HTTP/1." + std::string(version), fields).keeps_alive();
  };
  CHECK(keeps("1", ""));
  CHECK_FALSE(keeps("1", "Connection: close\r\n"));
  CHECK_FALSE(keeps("1", "Connection: TE, Close\r\n"));
  CHECK_FALSE(keeps("1", "Connection: TE\r\nConnection: close\r\n"));
  CHECK_FALSE(keeps("1", "Proxy-Connection: close\r\n"));
  CHECK(keeps("1", "Proxy-Connection: keep-alive\r\n"));
  CHECK(keeps("1", "Connection: closed\r\n"));
  CHECK_FALSE(keeps("0", ""));
  CHECK(keeps("0", "Connection: Keep-Alive\r\n"));
  CHECK(keeps("0", "Proxy-Connection: keep-alive\r\n"));
  CHECK_FALSE(keeps("0", "Connection: close, keep-alive\r\n"));
}

TEST_CASE("http request: 100-continue is expected only with a body, by HTTP/1.1") {
  CHECK(sample_request("POST http://a.test/ HTTP/1.1", "Expect: 100-Continue\r\nContent-Length: 3\r\n").expects_continue());
  CHECK(sample_request("POST http://a.test/ HTTP/1.1", "Expect: 100-continue\r\nTransfer-Encoding: Chunked\r\n").expects_continue());
  CHECK_FALSE(sample_request("POST http://a.test/ HTTP/1.1", "Expect: 100-continue\r\nContent-Length: 0\r\n").expects_continue());
  CHECK_FALSE(sample_request("POST http://a.test/ HTTP/1.0", "Expect: 100-continue\r\nContent-Length: 3\r\n").expects_continue());
  CHECK_FALSE(sample_request("POST http://a.test/ HTTP/1.1", "Content-Length: 3\r\n").expects_continue());
}

TEST_CASE("http request: trailers and upgrades are asked for") {
  CHECK(sample_request("GET http://a.test/ HTTP/1.1", "TE: gzip;q=0.5, trailers\r\n").takes_trailers());
  CHECK_FALSE(sample_request("GET http://a.test/ HTTP/1.1", "TE: gzip\r\n").takes_trailers());
  CHECK_FALSE(sample_request("GET http://a.test/ HTTP/1.0", "TE: trailers\r\n").takes_trailers());
  CHECK(sample_request("GET http://a.test/ HTTP/1.1", "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n").asks_upgrade());
  CHECK_FALSE(sample_request("GET http://a.test/ HTTP/1.1", "Upgrade: websocket\r\n").asks_upgrade());
  CHECK_FALSE(sample_request("GET http://a.test/ HTTP/1.1", "Connection: upgrade\r\n").asks_upgrade());
}

TEST_CASE("http request: the app's name and its password") {
  const std::optional<Credentials> anybody, required{{"Aladdin", "open sesame"}};
  const auto with = [](const std::string& value) {
    return sample_request("CONNECT a.test:1 HTTP/1.1", value.empty() ? "" : "Proxy-Authorization: " + value + "\r\n");
  };
  const auto right = with("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  CHECK(authorized_app(right, anybody).value() == "Aladdin");
  CHECK(authorized_app(right, required).value() == "Aladdin");
  CHECK(authorized_app(with(""), anybody).value().empty());
  CHECK(authorized_app(with("Digest x"), anybody).value().empty());
  CHECK(authorized_app(with(""), required).error().code == "proxy_password_missing");
  CHECK(authorized_app(with("Digest x"), required).error().code == "proxy_password_missing");
  CHECK(authorized_app(with("Basic QWxhZGRpbjp4"), required).error().code == "proxy_password_wrong");
}

}  // namespace ferry::client
