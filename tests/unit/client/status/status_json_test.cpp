#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "client/status/status_view.hpp"
#include "tests/unit/client/status/sample_view.hpp"

namespace ferry::client {

using nlohmann::json;

TEST_CASE("status json: holds all of the view, amounts as BTT texts") {
  const auto all = json::parse(status_json(testing::sample_view()));
  CHECK(all["at"] == 60'000'000);
  CHECK(all["version"] == "1.2.3");
  CHECK(all["proxy"] == "127.0.0.1:1080");
  CHECK(all["relays"][0] == json::parse(R"({"relay":"ferry://relay-one","connected":true,"latency_ms":42,
    "prices_per_mib":{"hit":"1","miss":"2","tunnel_down":"4","tunnel_up":"8"},"today":{"spent":"3","down_bytes":5000000,"up_bytes":7000}})"));
  CHECK(all["relays"][1]["latency_ms"].is_null());
  CHECK(all["relays"][1]["prices_per_mib"].is_null());
  CHECK(all["budgets"][0] == json::parse(R"({"name":"today","limit":"10","spent":"3","left":"7","reached":false})"));
  CHECK(all["budgets"][1] == json::parse(R"({"name":"this hour","limit":null,"spent":"3","left":null,"reached":false})"));
  CHECK(all["today"] == json::parse(R"({"spent":"3","down_bytes":5000000,"up_bytes":7000})"));
  CHECK(all["this_hour"] == all["today"]);
  CHECK(all["apps_today"][0]["name"] == "browser");
  CHECK(all["hosts_today"][0]["name"] == "example.org");
  CHECK(all["relays_today"][0]["name"] == "ferry://relay-one");
  CHECK(all["tunnels"][0] == json::parse(R"({"app":"browser","host":"example.org","port":443,"relay":"ferry://relay-one","spent":"1",
    "down_bytes":1000,"up_bytes":10,"age_ms":90000})"));
  CHECK(all["fetched"] == json::parse(R"({"quorum":12,"not reached":1})"));
  CHECK(all["last_hour"].size() == UsageBook::kMinutes);
  CHECK(all["last_hour"][59] == json::parse(R"({"at":60000000,"spent":"3","down_bytes":5000000,"up_bytes":7000})"));
  CHECK(all["wallet_balance"] == "1000");
  CHECK(all["spendable"] == "250");
}

TEST_CASE("status json: what is not known is null or empty") {
  const auto all = json::parse(status_json(StatusView{}));
  CHECK(all["wallet_balance"].is_null());
  CHECK(all["relays"] == json::array());
  CHECK(all["tunnels"] == json::array());
}

}  // namespace ferry::client
