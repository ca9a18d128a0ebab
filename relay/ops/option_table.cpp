// Addresses, files and logs, and the whole table.

#include <algorithm>
#include <array>
#include <utility>

#include "relay/ops/option_kinds.hpp"
#include "relay/ops/option_lists.hpp"

namespace ferry::relay {

using namespace std::chrono_literals;
using base::Result;
using kinds::About;

namespace {

constexpr const char* kRelay = "The relay";
constexpr const char* kLogs = "Logs";

Result<void> anything(const std::string& /*text*/) { return {}; }

Option log_format() {
  Option option{"log_format", kLogs, "text|json", "how log lines look on standard error", OptionShape::text, {}, {}};
  option.set = [](RelaySettings& settings, const OptionValues& values) -> Result<void> {
    const auto& value = values.front();
    if (value != "text" && value != "json") return base::fail(base::refusal("setting", "text or json is expected, not \"" + base::printable(value, 80) + "\""));
    settings.log.format = value == "json" ? LogSettings::Format::json : LogSettings::Format::text;
    return {};
  };
  option.get = [](const RelaySettings& settings) {
    return OptionValues{settings.log.format == LogSettings::Format::json ? "json" : "text"};
  };
  return option;
}

Option log_level() {
  Option option{"log_level", kLogs, "LEVEL", "the most talkative level shown: error, warning, info or debug", OptionShape::text, {}, {}};
  option.set = [](RelaySettings& settings, const OptionValues& values) -> Result<void> {
    static constexpr std::array<std::string_view, 4> kLevels{"error", "warning", "info", "debug"};
    if (std::ranges::find(kLevels, values.front()) == kLevels.end()) {
      return base::fail(base::refusal("setting", "error, warning, info or debug is expected, not \"" + base::printable(values.front(), 80) + "\""));
    }
    settings.log.level = values.front();
    return {};
  };
  option.get = [](const RelaySettings& settings) { return OptionValues{settings.log.level}; };
  return option;
}

}  // namespace

std::vector<Option> program_options() {
  return {
      kinds::endpoint(About{"listen", kRelay, "HOST:PORT", "where clients connect: a numeric address; port 0 picks a free one"},
                      [](RelaySettings& s) -> auto& { return s.listen; }),
      kinds::text(About{"data", kRelay, "DIR", "directory of the relay's key, journal, ledger and cache; made if it does not exist; required"},
                  [](RelaySettings& s) -> auto& { return s.data_dir; }),
      kinds::text(About{"public_host", kRelay, "HOST[:PORT]",
                        "what clients dial, where that differs from --listen; stands in the relay's reference"},
                  [](RelaySettings& s) -> auto& { return s.public_host; }),
      kinds::text(About{"contact", kRelay, "TEXT", "whom to write to about this relay; shown to everyone who opens its address in a browser"},
                  [](RelaySettings& s) -> auto& { return s.contact; }),
      kinds::endpoint(About{"admin", kRelay, "HOST:PORT", "where /metrics, /healthz, /readyz, the API and the operator's page are; keep it private"},
                      [](RelaySettings& s) -> auto& { return s.admin; }),
      kinds::texts(About{"admin_host", kRelay, "NAME",
                         "a host name under which the admin address may be asked for; localhost and numeric addresses always may"},
                   [](RelaySettings& s) -> auto& { return s.admin_hosts; }, &anything),
      kinds::text(About{"certificate", kRelay, "FILE.pem", "certificate chain to show instead of a self-signed one; needs --private-key"},
                  [](RelaySettings& s) -> auto& { return s.certificate_file; }),
      kinds::text(About{"private_key", kRelay, "FILE.pem", "private key of --certificate; nobody else may be able to read it"},
                  [](RelaySettings& s) -> auto& { return s.private_key_file; }),
      kinds::duration(About{"drain_timeout", kRelay, "TIME", "after SIGTERM, how long running streams may still take; a second signal ends them"},
                      [](RelaySettings& s) -> auto& { return s.drain_timeout; }, 0s, 24h),
      log_format(),
      log_level(),
      kinds::boolean(About{"log_urls", kLogs, "true|false", "let log lines contain the URLs that clients ask for"},
                     [](RelaySettings& s) -> auto& { return s.log_urls; }),
  };
}

const std::vector<Option>& option_table() {
  static const std::vector<Option> table = [] {
    std::vector<Option> all;
    for (auto* list : {&program_options, &ledger_options, &price_options, &exit_options, &discovery_options, &capacity_options}) {
      for (auto& option : list()) all.push_back(std::move(option));
    }
    return all;
  }();
  return table;
}

}  // namespace ferry::relay
