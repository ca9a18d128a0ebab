#pragma once
// FrontProtocol: what an app speaks on the proxy's one port, told from the first byte that it sends.

#include <cstdint>

#include "protocol/base/result.hpp"

namespace ferry::client {

enum class FrontProtocol { socks5, socks4, http };

/// The byte stays where it is: the protocol's own reader wants it too. Errors: peer_fault "front_tls", "front_unknown"; nothing that is
/// answered would be understood, so the connection is just closed.
base::Result<FrontProtocol> front_protocol(std::uint8_t first_byte);

}  // namespace ferry::client
