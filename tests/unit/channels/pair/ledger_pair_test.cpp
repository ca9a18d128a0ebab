// Both ledgers against each other under thousands of random histories: requests, deliveries, vouchers, lost connections, crashes of either side
// between any two steps, deposits, withdrawals and claims.

#include <doctest/doctest.h>

#include "tests/unit/channels/pair/ledger_pair.hpp"

using namespace ferry::channels::test;

namespace {

constexpr std::uint64_t kRuns = 2000;
constexpr std::uint64_t kAbandoned = 1000;
constexpr int kSteps = 300;

void run(std::uint64_t seed, Tally& tally, void (LedgerPair::*end)()) {
  CAPTURE(seed);
  LedgerPair pair(seed, tally);
  for (int i = 0; i < kSteps; ++i) pair.step();
  (pair.*end)();
}

}  // namespace

TEST_CASE("ledger pair: after any history a payer that comes back and its relay agree to the unit") {
  Tally tally;
  for (std::uint64_t seed = 0; seed < kRuns; ++seed) run(seed, tally, &LedgerPair::settle);
  // The runs must have been through what they are for.
  CHECK(tally.charged > 10 * kRuns);
  CHECK(tally.vouchers > 5 * kRuns);
  CHECK(tally.need_voucher > kRuns);
  CHECK(tally.lost_links > kRuns);
  CHECK(tally.lost_records > kRuns / 4);
  CHECK(tally.redelivered > kRuns / 4);
  CHECK(tally.lost_bytes > kRuns / 4);
  CHECK(tally.not_counted > kRuns / 100);
  CHECK(tally.adopted > kRuns / 20);
  CHECK(tally.closed > kRuns / 10);
  CHECK(tally.refunded > kRuns / 10);
  MESSAGE("charged ", tally.charged, ", redelivered ", tally.redelivered, ", vouchers ", tally.vouchers, ", need ", tally.need_voucher,
          ", lost records ", tally.lost_records, ", lost bytes ", tally.lost_bytes, ", not counted again ", tally.not_counted, ", adopted ",
          tally.adopted, ", closed ", tally.closed, ", refunded ", tally.refunded, ", lost links ", tally.lost_links);
}

TEST_CASE("ledger pair: a payer that never comes back costs the relay at most one window, and pays at most what it chose to prepay") {
  Tally tally;
  for (std::uint64_t seed = kRuns; seed < kRuns + kAbandoned; ++seed) run(seed, tally, &LedgerPair::abandon);
  CHECK(tally.charged > 5 * kAbandoned);
}
