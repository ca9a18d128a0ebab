#pragma once
// The exit policy that the settings describe, with this relay's own addresses and ports in it.

#include <cstdint>
#include <memory>
#include <vector>

#include "protocol/base/result.hpp"
#include "relay/exit/exit_policy.hpp"
#include "relay/shared/settings.hpp"

namespace ferry::relay {

/// Errors: refusal of a rule, environment "exit_interfaces".
base::Result<exit::ExitPolicy> make_exit_policy(const RelaySettings& settings, std::vector<std::uint16_t> own_ports);

/// Whether an address that strangers gave out as a relay's may be contacted: the same addresses as for content, but on the ports that relays have,
/// 443 and those from 1024 on. Nobody makes a relay knock at its own network, or at a mail server's door.
base::Result<exit::ExitPolicy> make_probe_policy(const RelaySettings& settings);
bool may_probe(const exit::ExitPolicy& probe_policy, const base::IpAddress& address, std::uint16_t port);

}  // namespace ferry::relay
