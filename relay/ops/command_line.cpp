#include "relay/ops/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>

namespace ferry::relay {

using base::Result;

namespace {

constexpr const char* kFooter =
    "Commands, instead of running a relay, with the settings of the relay that they ask about:\n"
    "  ferry-relay earnings [--json]            what was earned, claimed, settled, paid as fees\n"
    "  ferry-relay settle [--dry-run [--all]] [--json]  claims and settles what pays its fee; --dry-run only says what and why\n"
    "  ferry-relay watchtower                   claims for relays that are away; takes --listen, --data, --ledger, --watch-relay\n"
    "Every option can also be set by an environment variable and in the file given by --config: --cache-memory is\n"
    "FERRY_CACHE_MEMORY and cache_memory; --tariff-hit is FERRY_TARIFF_HIT and, under [tariff], hit. A flag counts\n"
    "more than the environment, that more than the file. Lists repeat the flag; in the environment commas divide them.\n"
    "TIME is 30s, 10m, 24h or 7d. BYTES is a number, with KiB, MiB, GiB or TiB if you like. BTT is a decimal number\n"
    "with up to 18 places.\n"
    "Exit codes: 0 done; 1 the job failed; 2 the command line or configuration is wrong; 130 interrupted.\n";

/// A parser for the option table, and where it puts what it finds.
struct Parser {
  CLI::App app{"ferry-relay: fetches web content for clients who pay per chunk in BTT.", "ferry-relay"};
  CommandLine line;
  std::map<const Option*, OptionValues> values;
  std::map<const Option*, CLI::Option*> flags;

  Parser() {
    app.set_help_flag();
    app.allow_extras();  // reported by us, with the flag that was probably meant
    app.add_flag("--help,-h", line.help, "this text");
    app.add_flag("--version", line.version, "the program's version");
    app.add_option("--config", line.config_file, "a file with settings")->type_name("FILE.toml")->take_last();
    app.add_flag("--print-config", line.print_config, "the settings as they would be used, as a file for --config");
    app.footer(kFooter);
    for (const auto& option : option_table()) add(option);
  }

  void add(const Option& option) {
    auto& target = values[&option];
    auto* flag = app.add_option(option.flag(), target, option.help);
    flag->type_name(option.value)->group(option.group);
    if (option.shape == OptionShape::boolean) {
      flag->expected(0, 1);  // "--log-urls" alone means true
    } else {
      flag->expected(1)->allow_extra_args(false);
    }
    flag->multi_option_policy(option.is_list() ? CLI::MultiOptionPolicy::TakeAll : CLI::MultiOptionPolicy::TakeLast);
    std::string shown;
    for (const auto& value : option.get(RelaySettings{})) shown += (shown.empty() ? "" : ",") + value;
    // Not default_str(): CLI11 would take it for what "--log-urls" alone means.
    if (!shown.empty()) flag->type_name(option.value + "=" + shown);
    flags[&option] = flag;
  }
};

base::Unexpected refuse(std::string message) { return base::fail(base::refusal("command_line", std::move(message))); }

base::Unexpected unexpected_argument(const std::string& argument) {
  const std::string shown = base::printable(argument, 80);
  if (!argument.starts_with("-")) return refuse("\"" + shown + "\" belongs to no flag; ferry-relay --help shows all of them");
  std::vector<std::string> known{"--help", "--version", "--config", "--print-config"};
  for (const auto& option : option_table()) known.push_back(option.flag());
  const auto near = nearest(argument.substr(0, argument.find('=')), known);
  return refuse("there is no flag " + shown + "; " + (near.empty() ? "ferry-relay --help shows all of them" : "did you mean " + near + "?"));
}

}  // namespace

Result<CommandLine> parse_command_line(const std::vector<std::string>& arguments) {
  Parser parser;
  try {
    std::vector<std::string> reversed{arguments.rbegin(), arguments.rend()};  // as CLI11 wants them
    parser.app.parse(std::move(reversed));
  } catch (const CLI::Error& error) {
    return refuse(error.what());
  }
  if (const auto extra = parser.app.remaining(); !extra.empty()) return unexpected_argument(extra.front());
  for (const auto& option : option_table()) {
    if (parser.flags.at(&option)->count() == 0) continue;
    auto& values = parser.values.at(&option);
    if (values.empty() || (option.shape == OptionShape::boolean && values.back().empty())) values = {"true"};
    parser.line.values.emplace_back(&option, values);
  }
  return parser.line;
}

std::string help_text() {
  const Parser parser;
  return parser.app.help();
}

}  // namespace ferry::relay
