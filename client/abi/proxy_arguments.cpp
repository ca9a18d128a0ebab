// The options of ferry_proxy_start as the library's own settings.

#include "client/abi/arguments.hpp"

namespace ferry::client {

using base::Result;

namespace {

Result<std::optional<base::Amount>> read_limit(const char* text, const char* name) {
  if (text == nullptr) return std::nullopt;
  FERRY_TRY(const auto amount, read_amount(text, name));
  return amount;
}

Result<std::vector<std::string>> read_texts(const char* const* texts, std::size_t count, const char* name) {
  std::vector<std::string> read;
  for (std::size_t i = 0; texts != nullptr && i < count; ++i) {
    if (texts[i] == nullptr) return base::fail(invalid_argument(std::string(name) + " has a NULL"));
    read.emplace_back(texts[i]);
  }
  return read;
}

Result<Limits> read_limits(const ferry_proxy_options& options) {
  Limits limits;
  FERRY_TRY(limits.per_day, read_limit(options.budget_per_day_btt, "options.budget_per_day_btt"));
  FERRY_TRY(limits.per_hour, read_limit(options.budget_per_hour_btt, "options.budget_per_hour_btt"));
  FERRY_TRY(limits.per_other_app, read_limit(options.budget_per_app_btt, "options.budget_per_app_btt"));
  for (std::size_t i = 0; options.app_budgets != nullptr && i < options.app_budget_count; ++i) {
    const auto& given = options.app_budgets[i];
    if (given.app == nullptr || *given.app == '\0') return base::fail(invalid_argument("options.app_budgets: an app has no name"));
    FERRY_TRY(limits.per_app[given.app], read_amount(given.budget_btt, "options.app_budgets"));
  }
  return limits;
}

}  // namespace

Result<ProxySettings> read_proxy_options(const ferry_proxy_options* given, const ClientSettings& client) {
  const auto options = read_struct(given);
  if (!options) return base::fail(invalid_argument("options are NULL, or their struct_size is not set: use FERRY_INIT"));
  if (client.relays.empty() && !client.discover) return base::fail(invalid_argument("no relay is given: name one as ferry://0xADDRESS@host:port"));
  ProxySettings settings;
  settings.max_price = client.max_price;
  settings.allow_remote = options->allow_remote != 0;
  settings.local = options->local_direct != 0 ? LocalDestinations::direct : LocalDestinations::refuse;
  FERRY_TRY(const auto listen, read_texts(options->listen, options->listen_count, "options.listen"));
  if (!listen.empty()) settings.listen.clear();
  for (const auto& text : listen) {
    // Port 0 is no destination, but a place to listen.
    const bool any_port = text.ends_with(":0");
    auto parsed = parse_destination(any_port ? text.substr(0, text.size() - 1) + "1" : text);
    if (!parsed) return base::fail(invalid_argument("'" + base::printable(text, 80) + "' is no address:port to listen on: " + parsed.error().message));
    if (any_port) parsed->port = 0;
    settings.listen.push_back(std::move(*parsed));
  }
  if ((options->user != nullptr) != (options->password != nullptr)) return base::fail(invalid_argument("options.user and options.password go together"));
  if (options->user != nullptr) settings.password = Credentials{options->user, options->password};
  FERRY_TRY(const auto patterns, read_texts(options->exclude, options->exclude_count, "options.exclude"));
  auto exclusions = Exclusions::parse(patterns);
  if (!exclusions) return base::fail(invalid_argument(exclusions.error().message));
  settings.exclusions = std::move(*exclusions);
  FERRY_TRY(settings.limits, read_limits(*options));
  if (options->relays_at_once > kMaxRelaysAtOnce) return base::fail(invalid_argument("options.relays_at_once is at most 16"));
  if (options->relays_at_once > 0) settings.relays_at_once = options->relays_at_once;
  settings.race = options->race != 0;
  FERRY_TRY(settings.verify, read_wanted_level(options->verify));
  if (const auto sound = check(settings); !sound) return base::fail(invalid_argument(sound.error().message));
  return settings;
}

}  // namespace ferry::client
