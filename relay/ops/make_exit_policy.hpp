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

}  // namespace ferry::relay
