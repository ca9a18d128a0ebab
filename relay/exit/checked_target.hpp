#pragma once
// From a URL or a host to the addresses that may be connected to: the one door through which the relay leaves. Origin fetch calls it
// for each request and each redirect; tunnels call it once. Connecting is the caller's, to these addresses and no others.

#include <utility>

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>

#include "protocol/base/result.hpp"
#include "protocol/base/url.hpp"
#include "relay/exit/exit_policy.hpp"
#include "relay/exit/resolver.hpp"

namespace ferry::relay::exit {

/// `addresses` is never empty and every one has passed the policy for `url.port`. The Host header and TLS server name stay those of `url`.
struct CheckedTarget {
  base::Url url;
  Addresses addresses;
};

struct CheckedHost {
  base::Host host;
  std::uint16_t port = 0;
  Addresses addresses;
};

/// Checks the URL, resolves its host once (a literal is not resolved), checks every address.
/// Errors: those of ExitPolicy and Resolver; refusal "exit_mixed_addresses" when some addresses pass and some do not: such a name is
/// either an attack or broken, and picking the good ones would hide it.
/// Lifetime: `policy` and `resolver` outlive the returned awaitable.
boost::asio::awaitable<base::Result<CheckedTarget>> check_target(const ExitPolicy& policy, Resolver& resolver, base::Url url,
                                                                 std::chrono::milliseconds timeout);

/// The same for a tunnel.
boost::asio::awaitable<base::Result<CheckedHost>> check_target(const ExitPolicy& policy, Resolver& resolver, base::Host host,
                                                               std::uint16_t port, std::chrono::milliseconds timeout);

}  // namespace ferry::relay::exit
