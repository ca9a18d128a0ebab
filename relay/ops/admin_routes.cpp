#include "relay/ops/admin_routes.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "channels/chain/ledger_api.hpp"
#include "protocol/base/ip.hpp"
#include "relay/ops/admin_api.hpp"
#include "relay/ops/metrics.hpp"
#include "relay/ops/operator_page.hpp"

namespace ferry::relay {

namespace {

constexpr const char* kJson = "application/json";
constexpr std::string_view kLedgerPath = "/ledger/v1/";
constexpr std::string_view kApiPath = "/api/";

AdminResponse plain(unsigned status, std::string text) { return {status, "text/plain; charset=utf-8", std::move(text)}; }
AdminResponse json(std::string text) { return {200, kJson, std::move(text)}; }
AdminResponse error(unsigned status, base::Error why) { return {status, kJson, error_json(why)}; }

AdminResponse readiness(const RelayStatus& status) {
  const auto reasons = status.not_ready();
  std::string text = reasons.empty() ? "ok\n" : "";
  for (const auto& reason : reasons) text += reason + "\n";
  for (const auto& note : status.notes()) text += "note: " + note + "\n";
  return plain(reasons.empty() ? 200 : 503, std::move(text));
}

AdminResponse claim(const AdminSources& sources) {
  if (auto done = sources.claim(); !done) {
    return error(done.error().kind == base::ErrorKind::refusal ? 409 : 503, done.error());
  }
  return json(earnings_json(sources.status()));
}

AdminResponse preview(const AdminSources& sources, bool all) {
  const auto told = sources.preview();
  return told ? json(settlement_json(*told, all ? told->claims.size() : kListedClaims)) : error(503, told.error());
}

bool has_token(const AdminSources& sources, const AdminRequest& request) {
  const std::string expected = "Bearer " + sources.token;
  return base::equal_in_constant_time(base::bytes_of(request.authorization), base::bytes_of(expected));
}

AdminResponse answer_api(const AdminSources& sources, const AdminRequest& request, std::string_view path) {
  if (!has_token(sources, request)) {
    return error(401, base::refusal("admin_token", "send Authorization: Bearer with the text of the file admin-token in the data directory"));
  }
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (path == "/api/v1/claim" || path == "/api/v1/settle") {
    if (request.method != "POST") return error(405, base::refusal("method_not_allowed", "a claim is a POST"));
    return claim(sources);
  }
  if (!reads) return error(405, base::refusal("method_not_allowed", "only GET is answered here"));
  if (path == "/api/v1/status") return json(status_json(sources.status()));
  if (path == "/api/v1/earnings") return json(earnings_json(sources.status()));
  if (path == "/api/v1/settlement") return preview(sources, request.target.ends_with("?all"));
  if (path == "/api/v1/channels") return json(channels_json(sources.channels()));
  if (path == "/api/v1/policy") return json(policy_json(*sources.status().facts));
  return error(404, base::refusal("not_found", "the API has status, channels, earnings, settlement, policy, claim and settle under /api/v1/"));
}

AdminResponse answer_ledger(const AdminSources& sources, const AdminRequest& request, std::string_view path) {
  if (!sources.ledger) return error(404, base::refusal("ledger_elsewhere", "this relay keeps no ledger of its own; /api/v1/status names the one it uses"));
  if (request.method != "POST") return error(405, base::refusal("method_not_allowed", "the ledger answers POST only"));
  return sources.ledger(std::string(path.substr(kLedgerPath.size())), request.body);
}

AdminResponse answer_page(const AdminSources& sources, const AdminRequest& request, std::string_view path) {
  if (request.method != "GET" && request.method != "HEAD") return plain(405, "only GET is answered here\n");
  if (path == "/metrics") return {200, "text/plain; version=0.0.4; charset=utf-8", metrics_text(sources.status())};
  if (path == "/healthz") return plain(200, "ok\n");
  if (path == "/readyz") return readiness(sources.status());
  if (path == "/") return {200, "text/html; charset=utf-8", operator_page(sources.status())};
  return plain(404, "nothing here: see /, /metrics, /healthz, /readyz and /api/v1/status\n");
}

std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.rfind(':'));
}

}  // namespace

bool is_allowed_host(std::string_view host, const std::vector<std::string>& names) {
  auto name = without_port(host);
  if (name.starts_with('[') && name.ends_with(']')) return base::IpAddress::parse(name.substr(1, name.size() - 2)).has_value();
  if (base::IpAddress::parse(name)) return true;
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  return lower == "localhost" || std::ranges::find(names, lower) != names.end();
}

std::function<AdminResponse(const std::string& method, const std::string& body)> ledger_route(chain::EmbeddedLedger& ledger) {
  return [&ledger](const std::string& method, const std::string& body) {
    std::string answer = chain::handle_text(ledger, method, body);
    const auto status = chain::http_status(nlohmann::json::parse(answer));
    return AdminResponse{static_cast<unsigned>(status), kJson, std::move(answer)};
  };
}

AdminResponse answer_admin(const AdminSources& sources, const AdminRequest& request) {
  if (!is_allowed_host(request.host, sources.hosts)) {
    return plain(421, "this name is not known here: ask by a numeric address or localhost, or add --admin-host\n");
  }
  const std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
  if (path.starts_with(kApiPath)) return answer_api(sources, request, path);
  if (path.starts_with(kLedgerPath)) return answer_ledger(sources, request, path);
  return answer_page(sources, request, path);
}

}  // namespace ferry::relay
