#include "client/transport/websocket_handshake.hpp"

#include <doctest/doctest.h>

namespace ferry::client {

namespace {

// RFC 6455 section 1.3.
constexpr const char* kKey = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr const char* kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

std::string response(const std::string& status = "101 Switching Protocols", const std::string& accept = kAccept, const std::string& more = "Sec-WebSocket-Protocol: ferry.1\r\n") {
  return "HTTP/1.1 " + status + "\r\nupgrade: WebSocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept:  " + accept + " \r\n" + more + "\r\n";
}

std::string code_of(const std::string& received) {
  const auto read = WebsocketHandshake("relay.test:443", kKey).read_response(received);
  return read ? std::string() : read.error().code;
}

}  // namespace

TEST_CASE("handshake: the accept value of RFC 6455") { CHECK(WebsocketHandshake::accept_value(kKey) == kAccept); }

TEST_CASE("handshake: asks for the relay's endpoint and subprotocol with a fresh key") {
  const WebsocketHandshake one("relay.test:443"), two("relay.test:443");
  CHECK(one.request().starts_with("GET /ferry HTTP/1.1\r\nHost: relay.test:443\r\n"));
  CHECK(one.request().find("\r\nSec-WebSocket-Protocol: ferry.1\r\n") != std::string::npos);
  CHECK(one.request().ends_with("\r\n\r\n"));
  CHECK(one.request() != two.request());
}

TEST_CASE("handshake: a right answer is read in every fragmentation, and what follows is left") {
  const WebsocketHandshake handshake("relay.test:443", kKey);
  const auto text = response();
  for (std::size_t i = 0; i < text.size(); ++i) CHECK(handshake.read_response(text.substr(0, i)).value() == 0);
  CHECK(handshake.read_response(text).value() == text.size());
  CHECK(handshake.read_response(text + "frames").value() == text.size());
}

TEST_CASE("handshake: a wrong answer is refused by reason") {
  CHECK(code_of(response("101 Switching Protocols", "AAAA")) == "websocket_handshake");
  CHECK(code_of(response("101 Switching Protocols", kAccept, "")) == "websocket_handshake");
  CHECK(code_of(response("101 Switching Protocols", kAccept, "Sec-WebSocket-Protocol: ferry.2\r\n")) == "websocket_handshake");
  CHECK(code_of(response("101 Switching Protocols", kAccept, "Sec-WebSocket-Protocol: ferry.1\r\nSec-WebSocket-Extensions: permessage-deflate\r\n")) == "websocket_handshake");
  CHECK(code_of("SSH-2.0-OpenSSH") == "websocket_handshake");
  CHECK(code_of("HTTP/1.1 101 " + std::string(9000, 'x')) == "websocket_handshake");
  CHECK(code_of("HTTP/1.1 101\r\n\r\n") == "websocket_handshake");
  CHECK(code_of(response("503 Service Unavailable")) == "relay_busy");
  CHECK(code_of(response("403 Forbidden")) == "relay_refused");
}

}  // namespace ferry::client
