#pragma once
// The options by heading; option_table() puts them together.

#include <vector>

#include "relay/ops/option.hpp"

namespace ferry::relay {

std::vector<Option> program_options();
std::vector<Option> ledger_options();
std::vector<Option> price_options();
std::vector<Option> exit_options();
std::vector<Option> capacity_options();
std::vector<Option> discovery_options();

}  // namespace ferry::relay
