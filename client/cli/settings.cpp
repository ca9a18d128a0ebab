#include "client/cli/settings.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <toml++/toml.h>

namespace ferry::cli {

namespace {

/// "max-price" on the command line is "max_price" in the file and FERRY_MAX_PRICE in the environment.
std::string key_of(const CLI::Option& option) {
  std::string key = option.get_lnames().empty() ? std::string() : option.get_lnames().front();
  for (char& c : key) {
    if (c == '-') c = '_';
  }
  return key;
}

std::string environment_name(const std::string& flag) {
  std::string name = "FERRY_";
  for (const char c : flag) name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

[[noreturn]] void refuse(const toml::source_region& where, const std::string& path, const std::string& what) {
  throw CLI::ValidationError(fmt::format("{}:{}:{}: {}", path, where.begin.line, where.begin.column, what));
}

std::string text_of(const toml::node& value, const std::string& path) {
  if (const auto* text = value.as_string()) return text->get();
  if (const auto* number = value.as_integer()) return std::to_string(number->get());
  if (const auto* flag = value.as_boolean()) return flag->get() ? "true" : "false";
  refuse(value.source(), path, "a text, a whole number, true/false or a list of texts is expected (amounts are texts: \"0.5\")");
}

void apply(CLI::Option& option, const toml::node& value, const std::string& path) {
  if (option.count() > 0) return;  // the command line or the environment said otherwise
  if (const auto* list = value.as_array()) {
    for (const auto& element : *list) option.add_result(text_of(element, path));
  } else {
    option.add_result(text_of(value, path));
  }
  try {
    option.run_callback();
  } catch (const CLI::Error& error) {
    refuse(value.source(), path, error.what());
  }
}

}  // namespace

std::string default_data_dir() {
  if (const char* base = std::getenv("XDG_DATA_HOME"); base != nullptr && *base != '\0') return std::string(base) + "/ferry";
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr ? home : ".") + "/.local/share/ferry";
}

void add_settings(CLI::App& command, Settings& settings) {
  settings.data_dir = default_data_dir();
  const auto add = [&](const std::string& flag, auto& target, const std::string& help) {
    return command.add_option("--" + flag, target, help)->envname(environment_name(flag))->group("Common options");
  };
  add("data", settings.data_dir, "directory of keys, channels and evidence")->capture_default_str()->type_name("DIR");
  add("relay", settings.relays, "a relay to use, ferry://0xADDRESS@host:port; repeat for more")
      ->type_name("R")
      ->delimiter(',')
      ->allow_extra_args(false);
  add("choose", settings.choose, "how relays are tried: in the order given, or by what they were so far and ask (ferry relays --why)")
      ->capture_default_str()
      ->check(CLI::IsMember({"order", "best"}));
  command.add_flag("--discover", settings.discover, "ask relays for others, and use those besides the ones that are named")
      ->envname("FERRY_DISCOVER")
      ->group("Common options");
  add("bootstrap", settings.bootstrap, "where to ask for relays, ferry://… or dns:NAME, whose TXT records name some; implies --discover; repeat for more")
      ->type_name("R|dns:NAME")
      ->delimiter(',')
      ->allow_extra_args(false);
  add("chain", settings.chains, "a chain on which relays may be paid, evm:https://NODE?contract=0x…&token=0x… (quoted); repeat for more")
      ->type_name("URL")
      ->allow_extra_args(false);
  add("budget", settings.budget, "never promise more than this; a download that stops here can be resumed")->type_name("BTT");
  add("max-price", settings.max_price, "refuse quotes above this")->type_name("BTT_PER_MIB");
  add("deposit", settings.deposit, "what opening or topping up a channel moves from the wallet")->capture_default_str()->type_name("BTT");
  add("prepay-chunks", settings.prepay_chunks, "chunks of 256 KiB paid ahead of delivery: what a dishonest relay could keep")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  add("faucet", settings.faucet, "let an empty wallet take test BTT where the ledger offers it")->capture_default_str()->type_name("true|false");
  add("log-format", settings.log_format, "how log lines look on standard error")
      ->capture_default_str()
      ->check(CLI::IsMember({"text", "json"}));
  add("log-level", settings.log_level, "the most talkative level shown")
      ->capture_default_str()
      ->check(CLI::IsMember({"error", "warning", "info", "debug"}));
  command.add_flag("--quiet,-q", settings.quiet, "no progress, no notes; errors only")->envname("FERRY_QUIET")->group("Common options");
  command.add_flag("--json", settings.json, "one JSON object on standard output")->envname("FERRY_JSON")->group("Common options");
}

void read_config_file(CLI::App& command, const std::string& path) {
  toml::table table;
  try {
    table = toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    refuse(error.source(), path, std::string(error.description()));
  }
  for (const auto& [key, value] : table) {
    CLI::Option* found = nullptr;
    for (CLI::Option* option : command.get_options()) {
      if (key_of(*option) == key.str() && key.str() != "config" && key.str() != "help") found = option;
    }
    if (found == nullptr) {
      refuse(value.source(), path, fmt::format("unknown key \"{}\"; the keys are the long flags with _ for - (see --help)", key.str()));
    }
    apply(*found, value, path);
  }
}

}  // namespace ferry::cli
