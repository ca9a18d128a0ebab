#pragma once
// ask_admin: one question to the admin API of a relay that runs on this machine, for the commands that look into a data directory in use.

#include <chrono>
#include <string>

#include "protocol/base/result.hpp"
#include "relay/ops/admin_routes.hpp"
#include "relay/shared/settings.hpp"

namespace ferry::relay {

/// Blocks at most `timeout`. `token`: the text of admin-token. Errors: environment "admin_unreachable" (no connection, no HTTP, or no answer in
/// time: what was asked for may go on).
base::Result<AdminResponse> ask_admin(const Endpoint& relay, const std::string& token, const std::string& method, const std::string& target,
                                      std::chrono::milliseconds timeout);

}  // namespace ferry::relay
