#include <nlohmann/json.hpp>

#include "client/json_text.hpp"
#include "client/status/status_view.hpp"

namespace ferry::client {

using nlohmann::json;

namespace {

json amount_or_null(const std::optional<base::Amount>& amount) { return amount ? json(amount->to_btt()) : json(nullptr); }

json usage_json(const Usage& usage) {
  return {{"spent", usage.spent.to_btt()}, {"down_bytes", usage.down_bytes}, {"up_bytes", usage.up_bytes}};
}

json rows_json(const std::vector<UsageRow>& rows) {
  json list = json::array();
  for (const auto& row : rows) {
    auto entry = usage_json(row.usage);
    entry["name"] = row.name;
    list.push_back(std::move(entry));
  }
  return list;
}

json relay_json(const RelayState& relay) {
  json entry{{"relay", relay.name}, {"connected", relay.connected}, {"today", usage_json(relay.today)}};
  entry["latency_ms"] = relay.latency ? json(relay.latency->count()) : json(nullptr);
  entry["prices_per_mib"] = nullptr;
  if (const auto& prices = relay.prices) {
    entry["prices_per_mib"] = {{"hit", prices->hit.to_btt()},
                               {"miss", prices->miss.to_btt()},
                               {"tunnel_down", prices->tunnel_down.to_btt()},
                               {"tunnel_up", prices->tunnel_up.to_btt()}};
  }
  return entry;
}

json tunnel_json(const TunnelState& tunnel) {
  auto entry = usage_json(tunnel.usage);
  entry["app"] = tunnel.app;
  entry["host"] = tunnel.host;
  entry["port"] = tunnel.port;
  entry["relay"] = tunnel.relay;
  entry["age_ms"] = tunnel.age.count();
  return entry;
}

json budget_json(const BudgetState& budget) {
  return {{"name", budget.name},
          {"limit", amount_or_null(budget.limit)},
          {"spent", budget.spent.to_btt()},
          {"left", budget.limit ? json(budget.left.to_btt()) : json(nullptr)},
          {"reached", budget.reached}};
}

json minute_json(const MinuteUsage& minute) {
  auto entry = usage_json(minute.usage);
  entry["at"] = minute.minute * 60;
  return entry;
}

template <typename Items, typename Make>
json list_json(const Items& items, Make make) {
  json list = json::array();
  for (const auto& item : items) list.push_back(make(item));
  return list;
}

}  // namespace

std::string status_json(const StatusView& view) {
  json fetched = json::object();
  for (const auto& [level, count] : view.fetched) fetched[level] = count;
  return json_text({{"at", view.now.unix_seconds()},
                    {"version", view.version},
                    {"proxy", view.proxy_address},
                    {"relays", list_json(view.relays, relay_json)},
                    {"budgets", list_json(view.budgets, budget_json)},
                    {"this_hour", usage_json(view.this_hour)},
                    {"today", usage_json(view.today)},
                    {"apps_today", rows_json(view.apps)},
                    {"hosts_today", rows_json(view.hosts)},
                    {"relays_today", rows_json(view.relay_usage)},
                    {"fetched", fetched},
                    {"tunnels", list_json(view.tunnels, tunnel_json)},
                    {"last_hour", list_json(view.last_hour, minute_json)},
                    {"wallet_balance", amount_or_null(view.wallet_balance)},
                    {"spendable", amount_or_null(view.channel_balance)}});
}

}  // namespace ferry::client
