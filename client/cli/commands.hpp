#pragma once
// The subcommands of `ferry`. Each function adds its parser to the program and returns by `run` what it would do; main() runs the one chosen.

#include <CLI/CLI.hpp>
#include <functional>

#include "client/cli/settings.hpp"

namespace ferry::cli {

/// Set by the subcommand that was given; gives the exit code.
using Run = std::function<int()>;

void add_evidence(CLI::App& program, Settings& settings, Run& run);
void add_get(CLI::App& program, Settings& settings, Run& run);
void add_quote(CLI::App& program, Settings& settings, Run& run);
void add_wallet(CLI::App& program, Settings& settings, Run& run);
void add_proxy(CLI::App& program, Settings& settings, Run& run);
void add_relays(CLI::App& program, Settings& settings, Run& run);

/// True when at least one relay is known; else says how to name one.
bool has_relay(const Settings& settings);

}  // namespace ferry::cli
