#pragma once
// The admin API's answers about money, as lines for a person at a terminal.

#include <string>

namespace ferry::relay {

/// Of what earnings_json() gives. A text that is no such JSON comes back as it is.
std::string earnings_text(const std::string& json);
/// Of what settlement_json() gives.
std::string settlement_text(const std::string& json);

}  // namespace ferry::relay
