#include <algorithm>
#include <span>

#include "client/status/hour_plot.hpp"
#include "client/status/page_style.hpp"
#include "client/status/shown_text.hpp"
#include "client/status/status_view.hpp"
#include "protocol/base/html_text.hpp"

namespace ferry::client {

using base::Amount;
using base::html_text;

namespace {

/// What a page shows of a list; /status.json has all.
constexpr std::size_t kShownRows = 10;
constexpr std::size_t kShownTunnels = 25;

std::string head(const char* refresh, const std::string& title) {
  return R"(<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">)" +
         std::string(refresh) + "<title>" + html_text(title) + "</title><style>" + kPageStyle + "</style></head><body><main>\n";
}

std::string section(const std::string& heading, const std::string& note, const std::string& inside) {
  return "<section><h2>" + html_text(heading) + (note.empty() ? "" : " <small>" + html_text(note) + "</small>") + "</h2>\n" + inside + "</section>\n";
}

std::string exact(Amount amount) { return "<span title=\"" + amount.to_btt() + " BTT\">" + html_text(short_btt(amount)) + "</span>"; }

std::string cell(const std::string& inside) { return "<td>" + inside + "</td>"; }
/// Left out on a narrow screen.
std::string more_cell(const std::string& inside) { return "<td class=\"more\">" + inside + "</td>"; }

std::string bytes_cells(const Usage& usage) { return cell(short_bytes(usage.down_bytes)) + more_cell(short_bytes(usage.up_bytes)); }

std::string figure(const char* kind, const char* name, Amount amount, const std::string& below) {
  return std::string("<div class=\"") + kind + "\"><span class=\"soft\">" + name + "</span><b>" + exact(amount) + " <small>BTT</small></b>" +
         (below.empty() ? "" : "<span class=\"soft\">" + below + "</span>") + "</div>\n";
}

std::string carried(const Usage& usage) { return "↓ " + short_bytes(usage.down_bytes) + " ↑ " + short_bytes(usage.up_bytes); }

/// A relay by where it is; its whole reference when the pointer rests on it.
std::string relay_text(const std::string& name) {
  const auto at = name.find('@');
  const auto place = name.starts_with("ferry://") && at != std::string::npos ? name.substr(at + 1) : name;
  return "<span title=\"" + html_text(name) + "\">" + html_text(place) + "</span>";
}

std::string figures(const StatusView& view) {
  auto out = figure("first", "Spent today", view.today.spent, carried(view.today)) +
             figure("", "This hour", view.this_hour.spent, carried(view.this_hour));
  if (view.channel_balance) out += figure("", "Ready to spend", *view.channel_balance, "in channels with relays");
  if (view.wallet_balance) out += figure("", "In the wallet", *view.wallet_balance, "");
  return "<section class=\"figures\">\n" + out + "</section>\n";
}

/// Thousandths of `limit`, at most 1000.
std::uint64_t share(Amount spent, Amount limit) {
  if (spent >= limit) return 1000;
  const auto parts = spent.scaled_down(1000, limit.units());
  return parts ? static_cast<std::uint64_t>(parts->units()) : 1000;
}

std::string budget(const BudgetState& state, const char* kind) {
  if (!state.limit) {
    return "<div class=\"budget\"><div><span class=\"name\">" + html_text(state.name) + "</span><span class=\"sum\">" + exact(state.spent) +
           " <span class=\"soft\">no limit</span></span></div></div>\n";
  }
  const auto used = share(state.limit->minus_floored(state.left), *state.limit);
  const char* look = state.reached ? " reached" : used >= 800 ? " near" : "";
  return "<div class=\"budget" + std::string(look) + "\"><div><span class=\"name\">" + kind + html_text(state.name) + "</span><span class=\"sum\">" +
         (state.reached ? "reached: " : "") + exact(state.spent) + " of " + exact(*state.limit) +
         "</span></div><svg viewBox=\"0 0 1000 1\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect width=\"" + std::to_string(used) +
         "\" height=\"1\"/></svg></div>\n";
}

/// The first two are the day's and the hour's.
std::string budgets(const StatusView& view) {
  std::string out;
  for (std::size_t i = 0; i < std::min(view.budgets.size(), kShownRows); ++i) {
    auto state = view.budgets[i];
    if (i < 2 && !state.name.empty() && state.name.front() >= 'a' && state.name.front() <= 'z') {
      state.name.front() = static_cast<char>(state.name.front() - 'a' + 'A');
    }
    out += budget(state, i < 2 ? "" : "<span class=\"soft\">app</span> ");
  }
  return out.empty() ? "" : section("Budgets", "a hard stop, in BTT", out);
}

/// `kind`: "stack": on a narrow screen names stand above their figures.
std::string table(const char* kind, const std::string& columns, const std::string& rows) {
  return std::string("<div class=\"wide\"><table class=\"") + kind + "\"><thead><tr>" + columns + "</tr></thead><tbody>\n" + rows +
         "</tbody></table></div>\n";
}

std::string not_shown(std::size_t all, std::size_t shown) {
  return all <= shown ? "" : "<p class=\"soft\">and " + std::to_string(all - shown) + " more in <a href=\"/status.json\">status.json</a></p>\n";
}

template <typename Name>
std::string usage_section(const std::string& heading, const std::vector<UsageRow>& rows, Name name) {
  if (rows.empty()) return section(heading, "today", "<p class=\"empty\">Nothing yet.</p>\n");
  std::string body;
  for (const auto& row : std::span(rows).first(std::min(rows.size(), kShownRows))) {
    body += "<tr>" + cell(name(row.name)) + cell(exact(row.usage.spent)) + bytes_cells(row.usage) + "</tr>\n";
  }
  return section(heading, "today",
                 table("", "<th></th><th>BTT</th><th>↓ down</th><th class=\"more\">↑ up</th>", body) + not_shown(rows.size(), kShownRows));
}

std::string price_cells(const std::optional<RelayPrices>& prices) {
  if (!prices) return cell("–") + cell("–") + more_cell("–") + more_cell("–");
  return cell(exact(prices->hit)) + cell(exact(prices->miss)) + more_cell(exact(prices->tunnel_down)) + more_cell(exact(prices->tunnel_up));
}

std::string relays(const StatusView& view) {
  if (view.relays.empty()) return section("Relays", "", "<p class=\"empty\">No relay is known: start the proxy with --relay.</p>\n");
  std::string body;
  for (const auto& relay : std::span(view.relays).first(std::min(view.relays.size(), kShownTunnels))) {
    const char* dot = relay.connected ? "<span class=\"dot on\" title=\"connected\"></span>" : "<span class=\"dot\" title=\"not connected\"></span>";
    body += "<tr>" + cell(dot + relay_text(relay.name)) + cell(relay.latency ? std::to_string(relay.latency->count()) + " ms" : "–") +
            price_cells(relay.prices) + cell(exact(relay.today.spent)) + "</tr>\n";
  }
  return section("Relays", "prices in BTT per MiB",
                 table("stack", "<th></th><th>latency</th><th>hit</th><th>miss</th><th class=\"more\">tunnel down</th>"
                       "<th class=\"more\">tunnel up</th><th>today</th>", body) + not_shown(view.relays.size(), kShownTunnels));
}

/// Those that were used today and are not among the relays now.
std::string relays_of_before(const StatusView& view) {
  std::vector<UsageRow> rows;
  for (const auto& row : view.relay_usage) {
    if (std::none_of(view.relays.begin(), view.relays.end(), [&](const RelayState& relay) { return relay.name == row.name; })) rows.push_back(row);
  }
  return rows.empty() ? "" : usage_section("Other relays", rows, relay_text);
}

std::string tunnels(const StatusView& view) {
  if (view.tunnels.empty()) return section("Live tunnels", "", "<p class=\"empty\">None at the moment.</p>\n");
  std::string body;
  for (const auto& tunnel : std::span(view.tunnels).first(std::min(view.tunnels.size(), kShownTunnels))) {
    body += "<tr>" + cell(html_text(tunnel.host + ":" + std::to_string(tunnel.port)) + "<br><span class=\"soft\">" + html_text(tunnel.app) +
                          " by " + relay_text(tunnel.relay) + "</span>") +
            cell(exact(tunnel.usage.spent)) + bytes_cells(tunnel.usage) + cell(short_age(tunnel.age)) + "</tr>\n";
  }
  return section("Live tunnels", std::to_string(view.tunnels.size()),
                 table("stack", "<th></th><th>BTT</th><th>↓ down</th><th class=\"more\">↑ up</th><th>age</th>", body) +
                     not_shown(view.tunnels.size(), kShownTunnels));
}

std::string fetched(const StatusView& view) {
  if (view.fetched.empty()) return {};
  std::string body;
  for (const auto& [level, count] : view.fetched) body += "<tr>" + cell(html_text(level)) + cell(std::to_string(count)) + "</tr>\n";
  return section("Fetched", "since the start, by who vouches for it", table("stack", "<th></th><th>requests</th>", body));
}

/// Says first what stops everything.
std::string stopped(const StatusView& view) {
  std::string out;
  for (std::size_t i = 0; i < std::min<std::size_t>(view.budgets.size(), 2); ++i) {
    const auto& state = view.budgets[i];
    if (!state.reached) continue;
    out += "<section class=\"stop\"><b>The budget of " + html_text(state.name) + " is reached.</b> Nothing more is fetched until the next " +
           (i == 0 ? "day" : "hour") + " (UTC) begins or the proxy is started with a larger one.</section>\n";
  }
  return out;
}

}  // namespace

std::string status_page(const StatusView& view) {
  const auto header = "<header><h1>Ferry</h1><span class=\"soft\">proxy at " + html_text(view.proxy_address) + "</span></header>\n";
  const auto footer = "<footer>" + html_text(view.version) + ", " + clock_text(view.now) +
                      " UTC; days and hours are UTC. This page loads itself anew every five seconds. For programs: "
                      "<a href=\"/status.json\">status.json</a>, <a href=\"/proxy.pac\">proxy.pac</a>.</footer>\n";
  return head("<meta http-equiv=\"refresh\" content=\"5\">", "Ferry: " + short_btt(view.today.spent) + " BTT today") + header + stopped(view) +
         figures(view) + "<div class=\"pair\">" + budgets(view) + section("The last hour", "by the minute", hour_plot(view.last_hour)) + "</div>\n" +
         fetched(view) + tunnels(view) + relays(view) + "<div class=\"pair\">" + usage_section("Apps", view.apps, html_text) +
         usage_section("Hosts", view.hosts, html_text) + "</div>\n" + relays_of_before(view) + footer +
         "</main></body></html>\n";
}

}  // namespace ferry::client
