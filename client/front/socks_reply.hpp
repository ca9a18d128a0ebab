#pragma once
// What a SOCKS app hears at the end of its handshake. The bound address is always 0.0.0.0:0: it would be the relay's, and no app needs it.
// Source: RFC 1928 section 6; the SOCKS4 protocol (Ying-Da Lee).

#include <cstdint>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

namespace ferry::client {

enum class SocksVersion : std::uint8_t { v4 = 4, v5 = 5 };

enum class Socks5Code : std::uint8_t {
  succeeded = 0,
  general_failure = 1,
  not_allowed = 2,
  network_unreachable = 3,
  host_unreachable = 4,
  connection_refused = 5,
  ttl_expired = 6,
  command_not_supported = 7,
  address_type_not_supported = 8,
};

/// By the error's code: what the app's own message will say, as near as nine codes can.
Socks5Code socks5_code(const base::Error& error);

base::Bytes socks5_reply(Socks5Code code);
base::Bytes socks4_reply(bool granted);

/// The tunnel stands; from now on every byte is the app's and the destination's.
base::Bytes socks_granted(SocksVersion version);
/// To be sent before the connection is closed.
base::Bytes socks_refused(SocksVersion version, const base::Error& error);

}  // namespace ferry::client
