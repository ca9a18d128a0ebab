#include "relay/ops/read_settings.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <map>

#include "relay/ops/command_line.hpp"
#include "relay/ops/option.hpp"
#include "tests/unit/channels/chain/ledger_room.hpp"

using namespace ferry;
using namespace ferry::relay;
using chain::test::TemporaryDirectory;

namespace {

using Variables = std::map<std::string, std::string>;

auto read(std::vector<std::string> arguments, const Variables& variables = {}) {
  return read_settings(
      arguments,
      [&](const std::string& name) {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional{found->second};
      },
      "ferry-relay 1.2.3");
}

RelaySettings settings(std::vector<std::string> arguments, const Variables& variables = {}) {
  arguments.insert(arguments.begin(), {"--data", "/somewhere"});
  auto result = read(std::move(arguments), variables);
  if (!result) FAIL(result.error().message);
  return std::get<RelaySettings>(*result);
}

std::string settings_refusal(std::vector<std::string> arguments, const Variables& variables = {}) {
  arguments.insert(arguments.begin(), {"--data", "/somewhere"});
  const auto result = read(std::move(arguments), variables);
  REQUIRE_FALSE(result);
  return result.error().code + ": " + result.error().message;
}

std::string printed(std::vector<std::string> arguments, const Variables& variables = {}) {
  auto result = read(std::move(arguments), variables);
  if (!result) FAIL(result.error().message);
  return std::get<PrintAndExit>(*result).text;
}

struct File {
  explicit File(const std::string& text) : path((directory / "relay.toml").string()) { std::ofstream(path) << text; }
  TemporaryDirectory directory;
  std::string path;
};

}  // namespace

TEST_CASE("settings: a flag counts more than the environment, that more than the file, that more than the default") {
  const File file("contact = \"file\"\n");
  CHECK(settings({}).contact.empty());
  CHECK(settings({"--config", file.path}).contact == "file");
  CHECK(settings({"--config", file.path}, {{"FERRY_CONTACT", "environment"}}).contact == "environment");
  CHECK(settings({"--config", file.path, "--contact", "flag"}, {{"FERRY_CONTACT", "environment"}}).contact == "flag");
  CHECK(settings({}, {{"FERRY_CONFIG", file.path}}).contact == "file");
  CHECK(settings({"--config", file.path}, {{"FERRY_CONTACT", ""}}).contact == "file");
}

TEST_CASE("settings: every option can be given in all three ways") {
  for (const auto& option : option_table()) {
    CAPTURE(option.key);
    auto values = option.get(RelaySettings{});
    if (values.empty()) continue;
    std::vector<std::string> arguments;
    std::string joined;
    for (const auto& value : values) {
      arguments.insert(arguments.end(), {option.flag(), value});
      joined += (joined.empty() ? "" : ",") + value;
    }
    CHECK(option.get(settings(arguments)) == values);
    CHECK(option.get(settings({}, {{option.environment(), joined}})) == values);
  }
}

TEST_CASE("settings: of a flag with one value the last counts; lists are put together, and replaced as a whole") {
  CHECK(settings({"--listen", "127.0.0.1:1", "--listen", "127.0.0.1:2"}).listen.port == 2);
  const File file("exit_allow = [\"10.0.0.0/8\"]\n");
  CHECK(settings({"--config", file.path, "--exit-allow", "127.0.0.1", "--exit-allow=10.1.0.0/16"}).exit_allow ==
        std::vector<std::string>{"127.0.0.1", "10.1.0.0/16"});
  CHECK(settings({}, {{"FERRY_EXIT_PORT", "80,8080"}}).exit_ports == std::vector<std::uint16_t>{80, 8080});
}

TEST_CASE("settings: a switch alone means true") {
  CHECK(settings({"--log-urls"}).log_urls);
  CHECK(settings({"--log-urls", "--contact", "x"}).contact == "x");
  CHECK_FALSE(settings({"--log-urls=false"}).log_urls);
}

TEST_CASE("settings: a tariff file of a stronger source replaces the prices of weaker ones, single prices go on top") {
  const File tariff("hit = \"7\"\nmiss = \"8\"\n");
  const File config("tariff = \"" + tariff.path + "\"\n");
  CHECK(settings({"--config", config.path}).tariff.hit.to_btt() == "7");
  const File prices("[tariff]\nhit = \"1\"\nmiss = \"2\"\n");
  CHECK(settings({"--config", prices.path}).tariff.miss.to_btt() == "2");
  const auto mixed = settings({"--config", prices.path, "--tariff-hit", "9", "--tariff", tariff.path}).tariff;
  CHECK(mixed.hit.to_btt() == "9");
  CHECK(mixed.miss.to_btt() == "8");
}

TEST_CASE("settings: refusals name the flag, the variable, or file, line and column") {
  CHECK(settings_refusal({"--listen", "nowhere"}).starts_with("command_line: --listen: a numeric address and a port"));
  CHECK(settings_refusal({}, {{"FERRY_WORKERS", "many"}}).starts_with("environment: FERRY_WORKERS: a whole number from 0 to 256"));
  const File file("\n\n  faucet_amount = \"1e3\"\n");
  CHECK(settings_refusal({"--config", file.path}).starts_with("config: " + file.path + ":3:19: \"faucet_amount\": "));
  CHECK(settings_refusal({"--config", "/no/such/file"}).starts_with("config: the configuration file /no/such/file cannot be read"));
  CHECK(settings_refusal({"--lisen", "127.0.0.1:0"}) == "command_line: there is no flag --lisen; did you mean --listen?");
  CHECK(settings_refusal({"--lisen=127.0.0.1:0"}) == "command_line: there is no flag --lisen=127.0.0.1:0; did you mean --listen?");
  CHECK(settings_refusal({"stray"}).starts_with("command_line: \"stray\" belongs to no flag"));
  CHECK(settings_refusal({"--ledger", "evm:http://127.0.0.1"}).starts_with("command_line: --ledger: a chain's URL needs ?contract="));
  CHECK(settings_refusal({"--exit-allow", "10.0.0.1/8"}).starts_with("command_line: --exit-allow: "));
  CHECK(settings_refusal({"--beneficiary", "0x12"}).starts_with("command_line: --beneficiary: "));
  CHECK(settings_refusal({"--claim-interval", "0s"}).starts_with("command_line: --claim-interval: a time from 1s"));
  CHECK(settings_refusal({"--contact"}).starts_with("command_line: "));
}

TEST_CASE("settings: what belongs together is checked together") {
  CHECK(settings_refusal({"--certificate", "x.pem"}).starts_with("settings: --certificate and --private-key"));
  CHECK(settings_refusal({"--tariff-min", "2000000"}).starts_with("settings: the tariff: "));
  const auto nowhere = read({});
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().message == "say where the relay keeps its key and its books: --data DIR");
}

TEST_CASE("settings: help shows every flag with its default, and asks for nothing else") {
  const auto help = printed({"--help"});
  for (const auto& option : option_table()) {
    CAPTURE(option.flag());
    CHECK(help.find("  " + option.flag() + " ") != std::string::npos);
  }
  CHECK(help.find("--cache-memory BYTES=256MiB") != std::string::npos);
  CHECK(printed({"-h"}) == help);
  CHECK(printed({"--version"}) == "ferry-relay 1.2.3\n");
}

TEST_CASE("settings: the configuration that is printed is the one that would be used") {
  const auto text = printed({"--print-config", "--data", "/somewhere", "--workers", "7"}, {{"FERRY_CONTACT", "me"}});
  const File file(text);
  const auto again = settings({"--config", file.path});
  CHECK(again.workers == 7);
  CHECK(again.contact == "me");
  CHECK(printed({"--print-config", "--config", file.path}) == text);
}
