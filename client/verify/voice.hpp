#pragma once
// What is known of who is behind a relay, as far as it decides whether two relays may vouch for each other: who earns, and in which network it is.
// Threads: the loop's.

#include <string>

#include "client/relays/relay.hpp"
#include "protocol/base/ip.hpp"
#include "protocol/content/agreement.hpp"

namespace ferry::client {

/// "192.0.2.0/24", "2001:db8:1::/48". Empty for loopback, private and link-local addresses, where neighbours need not belong together.
std::string network_of(const base::IpAddress& address);

/// Family: the address that the relay is paid to, as it said in its welcome. Precondition: it has a session.
content::Voice voice_of(const Relay& relay);

}  // namespace ferry::client
