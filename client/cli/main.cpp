// ferry: the client program. Everything it does goes through ferry.h, as any other program's use would.

#include <fmt/format.h>

#include "client/cli/commands.hpp"
#include "client/cli/session.hpp"

namespace {

/// The deepest subcommand that was given: the one whose options the configuration file sets.
CLI::App* chosen(CLI::App* app) {
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  return app;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace ferry::cli;
  prepare_signals();
  CLI::App program{"Ferry: fetch web content through paid relays, verified chunk by chunk, within the budget you set.", "ferry"};
  program.set_version_flag("--version", std::string("ferry ") + ferry_version());
  program.require_subcommand(1);
  program.fallthrough();
  program.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  std::string config;
  program.add_option("--config", config, "TOML file; its keys are the long flags with _ for -, e.g. max_price = \"0.5\"")
      ->envname("FERRY_CONFIG")
      ->type_name("FILE.toml")
      ->check(CLI::ExistingFile);
  program.footer("Exit codes: 0 done; 1 the job failed; 2 wrong command line or configuration; 130 interrupted.\n"
                 "Every option can also be set by an environment variable FERRY_… (--max-price: FERRY_MAX_PRICE).");

  Settings settings;
  Run run;
  add_get(program, settings, run);
  add_proxy(program, settings, run);
  add_quote(program, settings, run);
  add_wallet(program, settings, run);
  add_evidence(program, settings, run);
  add_relays(program, settings, run);
  try {
    program.parse(argc, argv);
    if (!config.empty()) read_config_file(*chosen(&program), config);
  } catch (const CLI::Success& help) {
    return program.exit(help);
  } catch (const CLI::ParseError& error) {
    program.exit(error);
    return kExitUsage;
  }
  return run();
}
