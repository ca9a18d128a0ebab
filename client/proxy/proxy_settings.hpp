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
#include "client/verify/wanted_level.hpp"

namespace ferry::client {

/// What happens to destinations on this machine and its own network; they never go to a relay.
enum class LocalDestinations : std::uint8_t { refuse, direct };

/// Of one fetch. A second relay goes on when the first dies or is slow; what comes before its turn waits in memory for an app that may be slow, and a
/// browser has forty requests under way.
inline constexpr std::size_t kProxyRelaysAtOnce = 2;

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
  WantedLevel verify;                     ///< of what is fetched; tunnels are opaque
  std::size_t relays_at_once = kProxyRelaysAtOnce;
  bool race = false;  ///< as FetchRequest::race
};

/// Refusals "proxy_listen" (nowhere, or not a numeric address), "proxy_listen_remote" (not on loopback and not allowed), "proxy_password" (one is
/// needed to listen on more than loopback; both parts or none), "proxy_verify" (apps ask for URLs, not for content by its address).
base::Result<void> check(const ProxySettings& settings);

}  // namespace ferry::client
