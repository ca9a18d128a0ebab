#pragma once
// Logging: where the program's log lines go (standard error) and how they look. The lines themselves are written with spdlog wherever a
// decision is made.

#include <string_view>

#include "relay/shared/settings.hpp"

namespace ferry::relay {

/// Sets up spdlog's default logger. Call once, before threads start.
void start_logging(const LogSettings& settings);

/// A text as a JSON string with its quotes: whatever the bytes are, the result is one line of valid JSON.
std::string json_string(std::string_view text);

}  // namespace ferry::relay
