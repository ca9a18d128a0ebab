#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "client/cli/session.hpp"

namespace ferry::cli {

namespace {

std::string shown(const nlohmann::json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_null() ? "?" : value.dump();
}

std::string or_unknown(const nlohmann::json& value) {
  auto text = shown(value);
  return text.empty() ? "?" : text;
}

void print_relays(const std::string& text, bool why) {
  const auto result = nlohmann::json::parse(text, nullptr, false);
  for (const auto& relay : result["relays"]) {
    fmt::print("{}\n  {}, {} ms; {} BTT/MiB cached, {} fetched, {} per request; {} chunks taken, {} refused, {} BTT spent\n",
               shown(relay["relay"]), relay.value("connected", false) ? "connected" : "not connected", shown(relay["latency_ms"]),
               shown(relay["hit_per_mib"]), shown(relay["miss_per_mib"]), shown(relay["per_request"]), shown(relay["chunks"]),
               shown(relay["refused_chunks"]), shown(relay["spent"]));
    if (const auto& said = relay["described"]; said.is_object()) {
      fmt::print("  says: family {}, region {}, {}; about {} BTT/MiB cached, {} fetched, {} tunnelled\n", or_unknown(said["family"]), or_unknown(said["region"]),
                 shown(said["software"]), shown(said["hit_per_mib"]), shown(said["miss_per_mib"]), shown(said["tunnel_per_mib"]));
    }
    if (why) fmt::print("  {}\n", shown(relay["why"]));
    if (!relay["marked_for"].is_null()) fmt::print("  avoided until {} for {}\n", shown(relay["marked_until"]), shown(relay["marked_for"]));
  }
}

}  // namespace

bool has_relay(const Settings& settings) {
  if (!settings.relays.empty() || settings.discover || !settings.bootstrap.empty()) return true;
  fmt::print(stderr, "ferry: no relay is known; name one with --relay ferry://0xADDRESS@host:port, FERRY_RELAY or `relay` in --config\n");
  return false;
}

void add_relays(CLI::App& program, Settings& settings, Run& run) {
  auto* command = program.add_subcommand("relays", "the relays that this client knows: reachable, price, what was spent");
  add_settings(*command, settings);
  auto why = std::make_shared<bool>(false);
  command->add_flag("--why", *why, "say of each relay in words what its scores are, how they came, and what they make of its choice");
  command->callback([&settings, &run, why] {
    run = [&settings, why] {
      if (!has_relay(settings)) return kExitUsage;
      return run_call(
          settings,
          [](ferry_client* client, ferry_result_fn on_done, void* user, std::uint64_t* id, ferry_error* error) {
            return ferry_relays(client, 1, on_done, user, id, error);
          },
          [why](const std::string& text) { print_relays(text, *why); });
    };
  });
}

}  // namespace ferry::cli
