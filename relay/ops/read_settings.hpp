#pragma once
// From the command line, the environment and a configuration file to RelaySettings. A flag counts more than the environment, that more than
// the file, that more than the default. main() calls it first; all of its errors are exit code 2.

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "protocol/base/result.hpp"
#include "relay/shared/settings.hpp"

namespace ferry::relay {

/// What --help, --version and --print-config ask for: print it and exit with 0.
struct PrintAndExit {
  std::string text;
};

/// The value of an environment variable. One that is empty counts as not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// `arguments`: without the program's name. `version` for --version.
/// Errors: refusal "command_line", "environment", "config", "settings", whose messages name the flag, the variable or file:line:column.
base::Result<std::variant<RelaySettings, PrintAndExit>> read_settings(const std::vector<std::string>& arguments, const Environment& environment,
                                                                      const std::string& version);

}  // namespace ferry::relay
