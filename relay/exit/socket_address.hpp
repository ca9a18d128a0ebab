#pragma once
// base::IpAddress to and from the operating system's socket addresses. Used where a library hands over a sockaddr (libcurl's
// open-socket callback, getifaddrs, c-ares): the policy must judge exactly the address that is about to be connected to.

#include <sys/socket.h>

#include <compare>
#include <cstdint>
#include <optional>

#include "protocol/base/ip.hpp"

namespace ferry::relay::exit {

struct SocketAddress {
  base::IpAddress address;
  std::uint16_t port = 0;

  friend bool operator==(const SocketAddress&, const SocketAddress&) = default;
  friend auto operator<=>(const SocketAddress&, const SocketAddress&) = default;
};

/// nullopt for families other than IPv4 and IPv6, and when `length` is too short for the family. An IPv6 scope is dropped.
std::optional<SocketAddress> socket_address_from(const sockaddr* address, socklen_t length);

}  // namespace ferry::relay::exit
