#pragma once
// Which hosts mean this machine or its own network: they never go to a relay, which could not reach them and should not learn of them.
// Names are judged by their text; nothing is resolved here.

#include <span>
#include <string_view>

#include "protocol/base/ip.hpp"
#include "protocol/base/url.hpp"

namespace ferry::client {

/// The proxy's own pages: never local, although it ends in .local.
inline constexpr std::string_view kFerryHost = "ferry.local";

/// Loopback, private (RFC 1918, RFC 4193), shared by a provider (RFC 6598), link-local, unspecified; names of one label and those below the
/// domains that stand for a local network ("localhost", "local", "home.arpa", …).
bool is_local(const base::Host& host);

/// The tables behind it, for the rules that browsers are given.
std::span<const base::Cidr> local_networks();
std::span<const std::string_view> local_domains();

/// An IPv4-mapped IPv6 address (::ffff:0:0/96) is the IPv4 address; any other stays as it is.
base::IpAddress unmapped(const base::IpAddress& address);

/// Both lower-case: "a.example.org" is below "example.org", "evil-example.org" is not, nor is "example.org" itself.
bool is_below(std::string_view name, std::string_view domain);

}  // namespace ferry::client
