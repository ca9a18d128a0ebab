#include "relay/ops/metrics.hpp"

#include <doctest/doctest.h>

#include <set>
#include <sstream>

#include "tests/unit/relay/ops/relay_samples.hpp"

using namespace ferry;
using namespace ferry::relay;

namespace {

bool has_line(const std::string& text, const std::string& line) { return ("\n" + text).find("\n" + line + "\n") != std::string::npos; }

}  // namespace

TEST_CASE("metrics: each number stands under its name") {
  const test::SampleStatus sample;
  const auto text = metrics_text(sample.status);
  for (const auto* line : {"ferry_relay_chunks_total{source=\"hit\"} 30", "ferry_relay_chunks_total{source=\"miss\"} 10",
                           "ferry_relay_payload_bytes_total 10485760", "ferry_relay_vouchers_total{result=\"accepted\"} 7",
                           "ferry_relay_vouchers_total{result=\"refused\"} 2", "ferry_relay_peer_faults_total 5", "ferry_relay_sessions 3",
                           "ferry_relay_btt{sum=\"earned\"} 1234.5", "ferry_relay_btt{sum=\"unsettled\"} 10", "ferry_relay_channels 4",
                           "ferry_relay_ledger_unseen_seconds 10", "ferry_relay_cache_lookups_total{found=\"memory\"} 21", "ferry_relay_ready 1",
                           "# TYPE ferry_relay_chunks_total counter", "# TYPE ferry_relay_sessions gauge"}) {
    CAPTURE(line);
    CHECK(has_line(text, line));
  }
}

TEST_CASE("metrics: every family has a help line and a name that tells its unit, and none comes twice") {
  const test::SampleStatus sample;
  std::istringstream lines(metrics_text(sample.status));
  std::set<std::string> names;
  std::string line, helped;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string hash, what, name, type;
    words >> hash >> what >> name >> type;
    if (hash != "#") continue;
    CHECK(name.starts_with("ferry_relay_"));
    if (what == "HELP") {
      CHECK(names.insert(name).second);
      helped = name;
    } else {
      CHECK(name == helped);
      CHECK(name.ends_with("_total") == (type == "counter"));
    }
  }
  CHECK(names.size() > 40);
}

TEST_CASE("metrics: a relay that must be left alone says so") {
  test::SampleStatus sample;
  sample.status.ledger_blind = true;
  sample.status.settlement.last_seen = {};
  const auto text = metrics_text(sample.status);
  CHECK(has_line(text, "ferry_relay_ready 0"));
  CHECK(has_line(text, "ferry_relay_ledger_unseen_seconds -1"));
}
