#pragma once
// The addresses of this machine's network interfaces, read once at start by whoever builds the ExitPolicy.

#include <vector>

#include "protocol/base/ip.hpp"
#include "protocol/base/result.hpp"

namespace ferry::relay::exit {

/// IPv4 and IPv6 addresses of all interfaces that are up or down, loopback included.
/// Errors: environment "exit_interfaces".
base::Result<std::vector<base::IpAddress>> interface_addresses();

}  // namespace ferry::relay::exit
