#include "client/front/front_protocol.hpp"

namespace ferry::client {

base::Result<FrontProtocol> front_protocol(std::uint8_t first_byte) {
  constexpr std::uint8_t kTlsHandshake = 0x16;
  if (first_byte == 0x05) return FrontProtocol::socks5;
  if (first_byte == 0x04) return FrontProtocol::socks4;
  // Every method that is in use begins with a letter.
  if ((first_byte >= 'A' && first_byte <= 'Z') || (first_byte >= 'a' && first_byte <= 'z')) return FrontProtocol::http;
  if (first_byte == kTlsHandshake) {
    return base::fail(base::peer_fault(
        "front_tls", "this port speaks SOCKS and plain HTTP proxy; not TLS: set it up as an http:// or socks5:// proxy, not as https://"));
  }
  return base::fail(base::peer_fault("front_unknown", "this port speaks SOCKS4, SOCKS5 and HTTP proxy, and the app speaks something else"));
}

}  // namespace ferry::client
