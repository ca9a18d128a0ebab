#pragma once
// The commands of ferry-relay besides running a relay. earnings and settle ask the relay that runs on the data directory, by its admin
// API, or open the directory themselves when none runs.

#include <optional>
#include <string>
#include <vector>

#include "protocol/base/result.hpp"
#include "relay/shared/settings.hpp"

namespace ferry::relay {

struct Command {
  enum class Kind { run, earnings, settle, watchtower };
  Kind kind = Kind::run;
  bool json = false;
  bool dry_run = false;
  bool all = false;  ///< of a dry run: list every channel
};

/// Takes the command and its own flags away from the front and the middle of `arguments`; what stays are settings. Errors: refusal
/// "command_line" (a flag that belongs to another command).
base::Result<Command> take_command(std::vector<std::string>& arguments);

/// What the command prints. Precondition: earnings or settle. Errors: environment, those of the relay that runs, of the books and of the ledger.
base::Result<std::string> run_command(const Command& command, const RelaySettings& settings);

}  // namespace ferry::relay
