#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "client/cli/progress_bar.hpp"
#include "client/cli/session.hpp"

namespace ferry::cli {

namespace {

void print_quote(const nlohmann::json& quote) {
  fmt::print("{}\n", quote.value("relay", ""));
  if (quote.contains("error")) {
    fmt::print("  {} ({})\n", quote["error"].value("message", ""), quote["error"].value("name", ""));
    return;
  }
  fmt::print("  price      {} BTT/MiB from the relay's cache, {} BTT/MiB from the origin, {} BTT per request\n", quote.value("hit_per_mib", "?"),
             quote.value("miss_per_mib", "?"), quote.value("per_request", "?"));
  if (quote["known_bytes"].is_number()) {
    fmt::print("  known      {}, of which the relay holds {}\n", human_bytes(quote["known_bytes"].get<std::uint64_t>()),
               human_bytes(quote.value("cached_bytes", std::uint64_t{0})));
  }
  if (quote["estimate"].is_string()) fmt::print("  estimate   {} BTT\n", quote["estimate"].get<std::string>());
  fmt::print("  assumes    {}\n", quote.value("assumes", ""));
}

int run_quote(const Settings& settings, const std::string& url) {
  if (!has_relay(settings)) return kExitUsage;
  return run_call(
      settings,
      [&url](ferry_client* client, ferry_result_fn on_done, void* user, std::uint64_t* id, ferry_error* error) {
        ferry_fetch_request request;
        FERRY_INIT(request);
        request.url = url.c_str();
        return ferry_quote(client, &request, on_done, user, id, error);
      },
      [](const std::string& text) {
        const auto result = nlohmann::json::parse(text, nullptr, false);
        for (const auto& quote : result["quotes"]) print_quote(quote);
      });
}

}  // namespace

void add_quote(CLI::App& program, Settings& settings, Run& run) {
  auto url = std::make_shared<std::string>();
  auto* command = program.add_subcommand("quote", "ask what a URL would cost; nothing is paid");
  command->add_option("URL", *url, "http or https")->required();
  add_settings(*command, settings);
  command->callback([&settings, &run, url] { run = [&settings, url] { return run_quote(settings, *url); }; });
}

}  // namespace ferry::cli
