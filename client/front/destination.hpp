#pragma once
// Destination: where an app wants to go: a host that nobody here resolves, and a port.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/base/result.hpp"
#include "protocol/base/url.hpp"

namespace ferry::client {

struct Destination {
  base::Host host;
  std::uint16_t port = 0;

  /// "host:port", IPv6 in brackets.
  std::string to_string() const { return host.to_string() + ":" + std::to_string(port); }
  friend bool operator==(const Destination&, const Destination&) = default;
};

/// "host:port"; without a port (or with an empty one) `default_port`, if there is one. Errors: refusal "destination_port" (none, or not
/// 1 to 65535) and those of base::Host.
base::Result<Destination> parse_destination(std::string_view text, std::optional<std::uint16_t> default_port = std::nullopt);

}  // namespace ferry::client
