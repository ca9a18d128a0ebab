#include "relay/ops/admin_routes.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/channels/parties.hpp"
#include "tests/unit/relay/ops/relay_samples.hpp"

using namespace ferry;
using namespace ferry::relay;

namespace {

struct Admin {
  test::SampleStatus sample;
  AdminSources sources;
  int claims = 0;
  base::Result<void> claim_outcome;

  Admin() {
    sources.token = "secret-token";
    sources.hosts = {"relay.internal"};
    sources.status = [this] { return sample.status; };
    sources.channels = [] {
      channels::RelayChannel open, closed;
      open.config = channels::test::config(1);
      open.charged = open.ceiling = base::Amount::btt(5);
      open.chain.balance = base::Amount::btt(9);
      open.chain.total_claimed = base::Amount::btt(2);
      closed.status = channels::ChannelStatus::closed;
      return std::vector<std::pair<base::ChannelId, channels::RelayChannel>>{{channels::test::id(2), closed}, {channels::test::id(1), open}};
    };
    sources.claim = [this] {
      ++claims;
      return claim_outcome;
    };
  }

  AdminResponse ask(const std::string& method, const std::string& target, const std::string& authorization = "Bearer secret-token",
                    const std::string& host = "127.0.0.1:9000") {
    return answer_admin(sources, AdminRequest{method, target, host, authorization, "{}"});
  }
  nlohmann::json json(const std::string& target) {
    const auto response = ask("GET", target);
    CHECK(response.status == 200);
    CHECK(response.type == "application/json");
    return nlohmann::json::parse(response.body);
  }
};

}  // namespace

TEST_CASE("admin: health and readiness answer without a token") {
  Admin admin;
  CHECK(admin.ask("GET", "/healthz", "").body == "ok\n");
  CHECK(admin.ask("GET", "/readyz", "").body == "ok\n");
  admin.sample.status.cache.disk_writable = false;
  CHECK(admin.ask("GET", "/readyz", "").status == 200);
  CHECK(admin.ask("GET", "/readyz", "").body.find("note: the disk cache") != std::string::npos);
  admin.sample.status.draining = true;
  const auto draining = admin.ask("GET", "/readyz?verbose", "");
  CHECK(draining.status == 503);
  CHECK(draining.body.starts_with("draining: "));
  CHECK(admin.ask("GET", "/healthz", "").status == 200);
}

TEST_CASE("admin: everything under /api wants the token") {
  Admin admin;
  for (const auto* wrong : {"", "Bearer ", "Bearer secret-toke", "Bearer secret-token2", "bearer secret-token", "secret-token", "Basic secret-token"}) {
    for (const auto* path : {"/api/v1/status", "/api/v1/channels", "/api/v1/earnings", "/api/v1/policy", "/api/v1/claim", "/api/nothing"}) {
      CAPTURE(wrong);
      CHECK(admin.ask("GET", path, wrong).status == 401);
      CHECK(admin.ask("POST", path, wrong).status == 401);
    }
  }
  CHECK(admin.claims == 0);
}

TEST_CASE("admin: amounts in the API are exact") {
  Admin admin;
  const auto earnings = admin.json("/api/v1/earnings");
  CHECK(earnings["earned"] == "1234.500000000000000001");
  CHECK(earnings["claimed"] == "1000");
  CHECK(earnings["settled"] == "990");
  const auto list = admin.json("/api/v1/channels")["channels"];
  REQUIRE(list.size() == 2);
  CHECK(list[0]["status"] == "open");
  CHECK(list[0]["claimable"] == "3");
  CHECK(list[0]["channel"] == "0x" + channels::test::id(1).hex());
  CHECK(list[1]["status"] == "closed");
  CHECK(admin.json("/api/v1/policy")["tariff"]["hit"] == "100");
  CHECK(admin.json("/api/v1/status")["ready"] == true);
}

TEST_CASE("admin: a claim is a POST, and what keeps it from being made is told") {
  Admin admin;
  CHECK(admin.ask("GET", "/api/v1/claim").status == 405);
  CHECK(admin.claims == 0);
  CHECK(admin.ask("POST", "/api/v1/claim").status == 200);
  CHECK(admin.claims == 1);
  admin.claim_outcome = base::fail(base::environment("ledger_unreachable", "down"));
  const auto failed = admin.ask("POST", "/api/v1/claim");
  CHECK(failed.status == 503);
  CHECK(nlohmann::json::parse(failed.body)["error"]["code"] == "ledger_unreachable");
}

TEST_CASE("admin: a name in the Host field that is not ours is turned away, numeric addresses are not") {
  Admin admin;
  for (const auto* good : {"127.0.0.1:9000", "127.0.0.1", "[::1]:9000", "localhost", "LocalHost:1", "192.0.2.1:9000", "relay.internal:9000"}) {
    CAPTURE(good);
    CHECK(admin.ask("GET", "/healthz", "", good).status == 200);
  }
  for (const auto* bad : {"", "evil.example", "evil.example:9000", "127.0.0.1.evil.example", "localhost.evil.example", "[::1", "127.1", "2130706433",
                          "localhost@evil.example", ":9000", "[evil]:9000"}) {
    CAPTURE(bad);
    for (const auto* path : {"/", "/healthz", "/metrics", "/api/v1/status", "/ledger/v1/info"}) CHECK(admin.ask("GET", path, "Bearer secret-token", bad).status == 421);
  }
}

TEST_CASE("admin: the ledger is reached without a token, where the relay keeps one") {
  Admin admin;
  CHECK(admin.ask("POST", "/ledger/v1/info", "").status == 404);
  admin.sources.ledger = [](const std::string& method, const std::string& body) { return AdminResponse{200, "application/json", method + body}; };
  CHECK(admin.ask("POST", "/ledger/v1/info", "").body == "info{}");
  CHECK(admin.ask("GET", "/ledger/v1/info", "").status == 405);
}

TEST_CASE("admin: other paths and methods are refused") {
  Admin admin;
  CHECK(admin.ask("GET", "/etc/passwd", "").status == 404);
  CHECK(admin.ask("GET", "/api/v1/nothing").status == 404);
  CHECK(admin.ask("DELETE", "/api/v1/status").status == 405);
  CHECK(admin.ask("POST", "/metrics", "").status == 405);
  CHECK(admin.ask("GET", "", "").status == 404);
}

TEST_CASE("admin: the operator's page shows what matters and lets nothing through as HTML") {
  Admin admin;
  const auto page = admin.ask("GET", "/", "");
  CHECK(page.type == "text/html; charset=utf-8");
  for (const auto* text : {"1234.500000000000000001 BTT", "10.0 MiB", "75 %", "0 d 0 h 1 min", "pin=&lt;x&gt;&amp;y", "Ready: clients may come"}) {
    CAPTURE(text);
    CHECK(page.body.find(text) != std::string::npos);
  }
  for (const auto* external : {"src=", "href=", "<script", "url("}) CHECK(page.body.find(external) == std::string::npos);
  admin.sample.status.journal_failed = true;
  CHECK(admin.ask("GET", "/", "").body.find("journal failed") != std::string::npos);
}
