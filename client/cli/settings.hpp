#pragma once
// What every subcommand of `ferry` takes: where the wallet is, which relays, limits on spending, how to log. Read from flags, FERRY_…
// environment variables and a TOML file, in that order of precedence.

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace ferry::cli {

struct Settings {
  std::string data_dir;
  std::vector<std::string> relays;
  std::string choose = "order";  ///< or "best"
  bool discover = false;
  std::vector<std::string> bootstrap;
  std::vector<std::string> chains;
  std::string budget;     ///< BTT; empty: none
  std::string max_price;  ///< BTT per MiB; empty: none
  std::string deposit = "10000";
  std::uint32_t prepay_chunks = 4;
  bool faucet = true;
  std::string log_format = "text";
  std::string log_level = "warning";
  bool quiet = false;
  bool json = false;
};

/// `$XDG_DATA_HOME/ferry`, else `~/.local/share/ferry`.
std::string default_data_dir();

/// Adds the options to a subcommand. `settings` outlives the parser.
void add_settings(CLI::App& command, Settings& settings);

/// Reads the file named by --config into those options of `command` that neither a flag nor the environment has set.
/// Throws CLI::ValidationError (exit code 2) with file, line and column for unknown keys and wrong types.
void read_config_file(CLI::App& command, const std::string& path);

}  // namespace ferry::cli
