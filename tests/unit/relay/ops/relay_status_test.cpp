#include "relay/ops/relay_status.hpp"

#include <doctest/doctest.h>

#include "tests/unit/relay/ops/settlement_room.hpp"

using namespace ferry;
using namespace ferry::relay;

TEST_CASE("relay status: workers are summed, books and flags are read") {
  test::SettlementRoom room;
  room.earn(100);
  Counters first, second;
  Counters::add(first.chunks_hit, 3);
  Counters::add(second.chunks_hit, 4);
  Counters::add(second.sessions_open);
  std::atomic<bool> draining{true}, blind{false};
  StatusSources sources;
  sources.workers = {&first, &second};
  sources.book = &room.book();
  sources.journal = &room.life->journal;
  sources.settlement = &room.settlement();
  sources.draining = &draining;
  sources.ledger_blind = &blind;
  const auto status = sources.read(room.now());
  CHECK(status.chunks_hit == 7);
  CHECK(status.sessions_open == 1);
  CHECK(status.totals.charged == chain::test::units(100));
  CHECK(status.journal_records == 3);  // opened, voucher, charge
  CHECK(status.process.resident_bytes > 1'000'000);
  CHECK(status.process.open_files > 3);
  CHECK(status.not_ready().size() == 1);
}

TEST_CASE("relay status: each reason to stay away is told, and notes do not make a relay unready") {
  RelayStatus status;
  CHECK(status.not_ready().empty());
  status.cache.disk_writable = false;
  status.settlement.pending = 1;
  status.settlement.trouble = "ledger_unreachable: down";
  status.ledger_trouble = "the ledger has no room";
  status.process.open_files = 95;
  status.process.max_files = 100;
  CHECK(status.not_ready().empty());
  CHECK(status.notes().size() == 5);
  status.draining = status.journal_failed = status.ledger_blind = true;
  CHECK(status.not_ready().size() == 3);
}
