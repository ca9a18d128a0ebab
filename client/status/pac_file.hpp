#pragma once
// pac_file: the script by which browsers and operating systems learn which requests go to the local proxy ("automatic proxy configuration").
// In the JavaScript of 1999, since old engines read it too; it resolves no name. Pure.

#include <cstdint>
#include <string>

#include "client/proxy/exclusions.hpp"

namespace ferry::client {

/// As application/x-ns-proxy-autoconfig. Local destinations and `exclusions` go DIRECT, everything else to the proxy and nowhere else when it
/// does not answer; ferry.local always goes to it.
std::string pac_file(const base::Host& proxy_host, std::uint16_t proxy_port, const Exclusions& exclusions);

}  // namespace ferry::client
