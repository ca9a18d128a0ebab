#include <doctest/doctest.h>

#include "client/status/status_view.hpp"
#include "tests/unit/client/status/holds.hpp"
#include "tests/unit/client/status/sample_view.hpp"

namespace ferry::client {

using base::Amount;
using testing::sample_view;

namespace {

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

}  // namespace

TEST_CASE("status page: shows everything of the view") {
  const auto page = status_page(sample_view());
  for (const char* part : {"127.0.0.1:1080", "ferry://relay-one", "ferry://relay-two", "42 ms", "Today", "This hour", "no limit", "browser",
                           "example.org:443", "1 min", "4.7 MiB", "1\u202f000", "250", "1.2.3", "10:40 UTC", "60 min ago"}) {
    CAPTURE(part);
    CHECK(holds(page, part));
  }
  CHECK(count(page, "<rect x=") == 2);  // one minute, in both plots
}

TEST_CASE("status page: a relay that was used and is not known now is shown too") {
  auto view = sample_view();
  CHECK_FALSE(holds(status_page(view), "Other relays"));
  view.relay_usage.push_back({"ferry://0x00@relay-three.example:7000", {Amount::btt(1), 0, 0}});
  const auto page = status_page(view);
  CHECK(holds(page, "Other relays"));
  CHECK(holds(page, ">relay-three.example:7000<"));
}

TEST_CASE("status page: needs no script and nothing from elsewhere, and renews itself") {
  const auto page = status_page(sample_view());
  CHECK(holds(page, R"(<meta http-equiv="refresh" content="5">)"));
  for (const char* part : {"<script", "style=", "src=", "url(", "@import", "<link", "javascript:"}) {
    CAPTURE(part);
    CHECK_FALSE(holds(page, part));
  }
  CHECK_FALSE(holds(page, "http://"));
  CHECK_FALSE(holds(page, "https://"));
}

TEST_CASE("status page: whatever a name is, it is text") {
  const std::string evil = "<img src=x onerror=alert(1)>\"'&";
  auto view = sample_view();
  view.version = view.proxy_address = evil;
  for (auto& relay : view.relays) relay.name = evil;
  for (auto& budget : view.budgets) budget.name = evil;
  for (auto* rows : {&view.apps, &view.hosts, &view.relay_usage}) rows->front().name = evil;
  for (auto& tunnel : view.tunnels) tunnel.app = tunnel.host = tunnel.relay = evil;
  const auto page = status_page(view);
  CHECK_FALSE(holds(page, "<img"));
  CHECK_FALSE(holds(page, "\"'&"));
  CHECK(count(page, "&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;") >= 12);
}

TEST_CASE("status page: says that a budget is reached, and of which one") {
  auto view = sample_view();
  CHECK_FALSE(holds(status_page(view), "is reached"));
  view.budgets[0].reached = true;
  CHECK(holds(status_page(view), "The budget of today is reached."));
  CHECK_FALSE(holds(status_page(view), "The budget of this hour is reached."));
}

TEST_CASE("status page: a view with nothing in it is a whole page") {
  const auto page = status_page(StatusView{});
  CHECK(holds(page, "No relay is known"));
  CHECK(holds(page, "None at the moment."));
  CHECK(count(page, "Nothing yet.") == 2);
  CHECK(page.ends_with("</html>\n"));
}

TEST_CASE("status page: long lists are cut, and it says so") {
  auto view = sample_view();
  for (int i = 0; i < 300; ++i) view.hosts.push_back({"host-" + std::to_string(i), {}});
  for (int i = 0; i < 5000; ++i) view.tunnels.push_back(view.tunnels.front());
  const auto page = status_page(view);
  CHECK(holds(page, "and 291 more"));
  CHECK(holds(page, "and 4976 more"));
  CHECK(page.size() < 64 * 1024);
}

}  // namespace ferry::client
