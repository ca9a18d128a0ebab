#pragma once
// What a watchtower answers over HTTP, without sockets.

#include "relay/ops/admin_routes.hpp"
#include "relay/watchtower/watchtower.hpp"

namespace ferry::relay {

inline constexpr const char* kWatchPath = "/watchtower/v1/rows";

/// POST kWatchPath takes rows (204; errors as JSON: 400 for what is malformed or refused, 503 for trouble of the tower's own); GET /healthz and
/// /metrics are for its operator. Blocks while a row is made durable. Threads: any.
AdminResponse answer_watch(Watchtower& tower, const AdminRequest& request);

}  // namespace ferry::relay
