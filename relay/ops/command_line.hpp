#pragma once
// The flags of ferry-relay: from arguments to the values of options, and the text of --help. CLI11 and its exceptions stay behind this header.

#include <string>
#include <utility>
#include <vector>

#include "protocol/base/result.hpp"
#include "relay/ops/option.hpp"

namespace ferry::relay {

struct CommandLine {
  std::string config_file;  ///< of --config; empty if it was not given
  bool help = false, version = false, print_config = false;
  std::vector<std::pair<const Option*, OptionValues>> values;
};

/// Of a flag with one value that comes twice, the last counts. Errors: refusal "command_line".
base::Result<CommandLine> parse_command_line(const std::vector<std::string>& arguments);

/// Every flag by heading, with what it takes, what it means and its default.
std::string help_text();

}  // namespace ferry::relay
