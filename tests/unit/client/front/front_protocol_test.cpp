#include "client/front/front_protocol.hpp"

#include <doctest/doctest.h>

namespace ferry::client {

TEST_CASE("front: the first byte tells the protocol") {
  CHECK(front_protocol(5).value() == FrontProtocol::socks5);
  CHECK(front_protocol(4).value() == FrontProtocol::socks4);
  for (const char c : std::string_view("GPCOgz")) CHECK(front_protocol(static_cast<std::uint8_t>(c)).value() == FrontProtocol::http);
  CHECK(front_protocol(0x16).error().code == "front_tls");
  CHECK(front_protocol(0x16).error().message.starts_with("this port speaks SOCKS and plain HTTP proxy; not TLS"));
  for (int byte = 0; byte < 256; ++byte) {
    const auto c = static_cast<std::uint8_t>(byte);
    const bool is_letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (!is_letter && c != 4 && c != 5 && c != 0x16) CHECK(front_protocol(c).error().code == "front_unknown");
  }
}

}  // namespace ferry::client
