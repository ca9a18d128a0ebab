#include "relay/ops/operator_page.hpp"

#include <string_view>

#include "protocol/base/html_text.hpp"
#include "relay/ops/setting_text.hpp"

namespace ferry::relay {

using base::html_text;

namespace {

constexpr std::string_view kHead = R"(<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="5"><title>Ferry relay</title>
<style>:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:46em;margin:2em auto;padding:0 1em}
h1{font-size:1.3em}h2{font-size:1em;margin:1.5em 0 .3em}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.25em 0;border-bottom:1px solid #8884;font-weight:normal}td{text-align:right;font-variant-numeric:tabular-nums}
code{word-break:break-all}.good,.bad{padding:.4em .7em;border-radius:.3em;color:#fff}.good{background:#276738}.bad{background:#a33}</style>
)";

std::string heading(std::string_view text) { return "<h2>" + html_text(text) + "</h2><table>\n"; }
std::string row(std::string_view name, std::string_view value) {
  return "<tr><th>" + html_text(name) + "<td>" + html_text(value) + "\n";
}
std::string row(std::string_view name, std::uint64_t value) { return row(name, std::to_string(value)); }
std::string row(std::string_view name, base::Amount value) { return row(name, value.to_btt() + " BTT"); }

/// "3.2 GiB", in integers.
std::string short_bytes(std::uint64_t bytes) {
  static constexpr std::string_view kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  std::uint64_t tenths = bytes > UINT64_MAX / 10 ? UINT64_MAX : bytes * 10;
  while (tenths >= 10'240 && unit + 1 < std::size(kUnits)) {
    tenths /= 1024;
    ++unit;
  }
  const std::string whole = std::to_string(tenths / 10);
  return (unit == 0 ? whole : whole + "." + std::to_string(tenths % 10)) + " " + std::string(kUnits[unit]);
}

std::string hit_share(const RelayStatus& s) {
  const auto all = s.chunks_hit + s.chunks_miss;
  return all == 0 ? "–" : std::to_string(s.chunks_hit * 100 / all) + " %";
}

std::string uptime(const RelayStatus& s) {
  const auto minutes = (s.now - s.facts->started).count() / 60'000;
  return std::to_string(minutes / 1440) + " d " + std::to_string(minutes / 60 % 24) + " h " + std::to_string(minutes % 60) + " min";
}

std::string state(const RelayStatus& s) {
  std::string out;
  const auto reasons = s.not_ready();
  if (reasons.empty()) out += R"(<p class="good">Ready: clients may come.)" "\n";
  for (const auto& reason : reasons) out += R"(<p class="bad">)" + html_text(reason) + "\n";
  for (const auto& note : s.notes()) out += "<p>Note: " + html_text(note) + "\n";
  return out;
}

}  // namespace

std::string operator_page(const RelayStatus& s) {
  std::string out{kHead};
  out += "<h1>Ferry relay</h1><p><code>" + html_text(s.facts->reference) + "</code>\n" + state(s);
  out += heading("Earnings") + row("earned", s.totals.charged) + row("promised by vouchers", s.totals.promised) + row("can be claimed now", s.totals.claimable) +
         row("claimed on the ledger", s.totals.claimed) + row("not settled yet", s.settlement.unsettled) + row("delivered and not yet promised", s.totals.owed) +
         row("channels", s.totals.channels) + "</table>\n";
  out += heading("Traffic") + row("sessions now", s.sessions_open) + row("requests now", s.streams_open) + row("requests so far", s.requests) +
         row("content delivered", short_bytes(s.payload_bytes)) + row("chunks from the cache", hit_share(s)) +
         row("vouchers refused", s.vouchers_refused) + row("clients closed for faults", s.peer_faults) + "</table>\n";
  out += heading("Machine") + row("up for", uptime(s)) + row("memory", short_bytes(s.process.resident_bytes)) +
         row("cache in memory", short_bytes(s.cache.memory_bytes)) + row("cache on disk", short_bytes(s.cache.disk_bytes)) +
         row("journal", short_bytes(s.journal_bytes)) + row("open files", std::to_string(s.process.open_files) + " of " + std::to_string(s.process.max_files)) +
         "</table>\n";
  return out + "<p>" + html_text(s.facts->software) + ", ledger <code>" + html_text(s.facts->ledger) + "</code></html>\n";
}

}  // namespace ferry::relay
