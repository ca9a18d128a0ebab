#include "relay/ops/read_settings.hpp"

#include <fstream>
#include <iterator>
#include <utility>

#include "relay/ops/command_line.hpp"
#include "relay/ops/config_file.hpp"
#include "relay/ops/option.hpp"

namespace ferry::relay {

using base::Result;

namespace {

base::Unexpected refuse(const char* code, std::string message) { return base::fail(base::refusal(code, std::move(message))); }

Result<void> take(RelaySettings& settings, const Option& option, const OptionValues& values, const char* code, const std::string& where) {
  if (auto taken = option.set(settings, values); !taken) return refuse(code, where + ": " + taken.error().message);
  return {};
}

Result<std::string> read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file && !file.eof()) return refuse("config", "the configuration file " + base::printable(path) + " cannot be read: see --config");
  return text;
}

Result<void> take_file(RelaySettings& settings, const std::string& path) {
  FERRY_TRY(const auto text, read_text(path));
  FERRY_TRY(const auto values, parse_config(text, path));
  // In the order of the table: a whole tariff comes before single prices.
  for (const auto& option : option_table()) {
    for (const auto& value : values) {
      if (value.option != &option) continue;
      FERRY_CHECK(take(settings, option, value.values, "config", value.where + ": \"" + option.key + "\""));
    }
  }
  return {};
}

OptionValues split_at_commas(const std::string& text) {
  OptionValues parts;
  std::size_t from = 0;
  while (from <= text.size()) {
    const auto comma = std::min(text.find(',', from), text.size());
    if (comma > from) parts.push_back(text.substr(from, comma - from));
    from = comma + 1;
  }
  return parts;
}

std::optional<std::string> variable(const Environment& environment, const std::string& name) {
  auto value = environment(name);
  return value && !value->empty() ? value : std::nullopt;
}

Result<void> take_environment(RelaySettings& settings, const Environment& environment) {
  for (const auto& option : option_table()) {
    const auto value = variable(environment, option.environment());
    if (!value) continue;
    const auto values = option.is_list() ? split_at_commas(*value) : OptionValues{*value};
    FERRY_CHECK(take(settings, option, values, "environment", option.environment()));
  }
  return {};
}

/// What no single option can see.
Result<void> check_together(const RelaySettings& settings) {
  if (settings.data_dir.empty()) return refuse("settings", "say where the relay keeps its key and its books: --data DIR");
  if (settings.certificate_file.empty() != settings.private_key_file.empty()) {
    return refuse("settings", "--certificate and --private-key belong together: give both or none");
  }
  if (auto sound = pricing::check(settings.tariff); !sound) return refuse("settings", "the tariff: " + sound.error().message);
  return {};
}

}  // namespace

Result<std::variant<RelaySettings, PrintAndExit>> read_settings(const std::vector<std::string>& arguments, const Environment& environment,
                                                                const std::string& version) {
  FERRY_TRY(const auto line, parse_command_line(arguments));
  if (line.help) return PrintAndExit{help_text()};
  if (line.version) return PrintAndExit{version + "\n"};

  RelaySettings settings;
  const auto file = line.config_file.empty() ? variable(environment, "FERRY_CONFIG").value_or("") : line.config_file;
  if (!file.empty()) FERRY_CHECK(take_file(settings, file));
  FERRY_CHECK(take_environment(settings, environment));
  for (const auto& [option, values] : line.values) FERRY_CHECK(take(settings, *option, values, "command_line", option->flag()));
  if (line.print_config) return PrintAndExit{config_text(settings)};
  FERRY_CHECK(check_together(settings));
  return settings;
}

}  // namespace ferry::relay
