#pragma once
// WebsocketHandshake: the HTTP exchange that opens ferry.1 on a TLS connection, without a socket. Source: RFC 6455 sections 4.1 and 4.2.2.

#include <string>
#include <string_view>

#include "protocol/base/result.hpp"

namespace ferry::client {

class WebsocketHandshake {
 public:
  /// A relay's answer has a handful of fields; more is no relay.
  static constexpr std::size_t kMaxResponseBytes = 8 * 1024;

  /// `authority`: host and port for the Host field. The key is drawn anew.
  explicit WebsocketHandshake(const std::string& authority);
  WebsocketHandshake(const std::string& authority, std::string key);

  const std::string& request() const { return request_; }

  /// Looks at what has come so far: 0 while the response is incomplete, else how many bytes it takes (what follows is frames).
  /// Errors: peer_fault "websocket_handshake" (no HTTP, wrong key or subprotocol, too long); environment "relay_busy" (503, 429), refusal
  /// "relay_refused" (another status).
  base::Result<std::size_t> read_response(std::string_view received) const;

  /// What Sec-WebSocket-Accept must be.
  static std::string accept_value(std::string_view key);

 private:
  std::string key_;
  std::string request_;
};

}  // namespace ferry::client
