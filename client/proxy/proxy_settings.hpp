#pragma once
// ProxySettings: everything that a user can set of the local proxy, as values with their defaults. Never changes while it runs.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/front/credentials.hpp"
#include "client/front/destination.hpp"
#include "client/proxy/exclusions.hpp"
#include "client/usage/spending_limits.hpp"

namespace ferry::client {

/// What happens to destinations on this machine and its own network; they never go to a relay.
enum class LocalDestinations : std::uint8_t { refuse, direct };

struct ProxySettings {
  std::vector<Destination> listen{{base::Host{base::IpAddress::v4({127, 0, 0, 1})}, 0}};  ///< numeric; each is an app of its own where no name is given
  std::optional<Credentials> password;
  bool allow_remote = false;  ///< listen on more than loopback; with a password only
  Exclusions exclusions;      ///< go straight
  LocalDestinations local = LocalDestinations::refuse;
  Limits limits;
  /// A browser has about forty; many programs at once stay below this. Beyond it the oldest connection that asks for nothing makes room.
  std::size_t max_connections = 4096;
  std::optional<base::Amount> max_price;  ///< per MiB
};

/// Refusals "proxy_listen" (nowhere, or not a numeric address), "proxy_listen_remote" (not on loopback and not allowed), "proxy_password" (one is
/// needed to listen on more than loopback; both parts or none).
base::Result<void> check(const ProxySettings& settings);

}  // namespace ferry::client
