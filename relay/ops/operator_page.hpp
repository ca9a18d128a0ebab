#pragma once
// The operator's page: the few numbers that matter, as one HTML page that needs nothing else and refreshes itself.

#include <string>

#include "relay/ops/relay_status.hpp"

namespace ferry::relay {

std::string operator_page(const RelayStatus& status);

}  // namespace ferry::relay
