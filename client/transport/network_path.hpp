#pragma once
// What tells that the way to a relay is gone, where nobody says so: a phone that leaves its network, a cable that is pulled. Without it a connection
// stays open and silent until wire::kIdleTimeout.
// Threads: the loop's.

#include <uv.h>

#include "protocol/base/time.hpp"

namespace ferry::client {

/// After this without an acknowledgement of what was sent, or of probes when nothing is, the system ends a connection.
inline constexpr base::Duration kUnacknowledged{20'000};
/// How often has_own_address() is worth asking.
inline constexpr base::Duration kPathCheck{3'000};

/// Asks the system to end the connection when its path is dead. Not for peers that may rightly stop reading: a window that stays closed counts too.
/// Where the system has no such option, nothing happens. Precondition: connected.
void end_when_unacknowledged(uv_tcp_t& socket);

/// The connection's own address is still one of this machine's. True when that cannot be told.
bool has_own_address(const uv_tcp_t& socket);

}  // namespace ferry::client
