#include "relay/watchtower/watch_routes.hpp"

#include <fmt/format.h>

#include "relay/ops/admin_api.hpp"

namespace ferry::relay {

namespace {

AdminResponse plain(unsigned status, std::string text) { return {status, "text/plain; charset=utf-8", std::move(text)}; }

AdminResponse take_rows(Watchtower& tower, const AdminRequest& request) {
  if (request.method != "POST") return plain(405, "rows are sent by POST\n");
  if (request.body.size() > kMaxWatchBody) return plain(413, "too many rows at once\n");
  const auto taken = tower.take(base::bytes_of(request.body));
  if (taken) return plain(204, "");
  const bool own_trouble = taken.error().kind == base::ErrorKind::environment || taken.error().kind == base::ErrorKind::bug;
  return {own_trouble ? 503U : 400U, "application/json", error_json(taken.error())};
}

std::string metrics(const WatchtowerStatus& s) {
  const auto line = [](const char* name, const char* help, const char* type, auto value) {
    return fmt::format("# HELP ferry_watchtower_{0} {1}\n# TYPE ferry_watchtower_{0} {2}\nferry_watchtower_{0} {3}\n", name, help, type, value);
  };
  return line("channels", "Channels that it watches", "gauge", s.channels) + line("rows_total", "Rows taken from relays", "counter", s.rows_taken) +
         line("claims_total", "Claims made for relays", "counter", s.claims) + line("claims_refused_total", "Claims that the chain refused", "counter", s.claims_refused) +
         line("transactions_pending", "Transactions of unknown fate", "gauge", s.pending) +
         line("last_seen_seconds", "When the chain was last read, Unix time", "gauge", s.last_seen.unix_seconds());
}

}  // namespace

AdminResponse answer_watch(Watchtower& tower, const AdminRequest& request) {
  const std::string path = request.target.substr(0, request.target.find('?'));
  if (path == kWatchPath) return take_rows(tower, request);
  if (request.method != "GET") return plain(405, "only GET is answered here\n");
  if (path == "/healthz") {
    const auto trouble = tower.status().trouble;
    return trouble.empty() ? plain(200, "ok\n") : plain(503, trouble + "\n");
  }
  if (path == "/metrics") return plain(200, metrics(tower.status()));
  return plain(404, "nothing here\n");
}

}  // namespace ferry::relay
