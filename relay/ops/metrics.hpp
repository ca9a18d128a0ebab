#pragma once
// Metrics: a RelayStatus as Prometheus text. Amounts are gauges in BTT and therefore doubles: good for graphs, not for accounts; exact numbers
// are in the API. docs/operating.md lists every name.

#include <string>

#include "relay/ops/relay_status.hpp"

namespace ferry::relay {

/// Source: Prometheus text exposition format 0.0.4.
std::string metrics_text(const RelayStatus& status);

}  // namespace ferry::relay
