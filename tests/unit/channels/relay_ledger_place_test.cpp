#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "channels/relay_ledger.hpp"
#include "tests/unit/channels/parties.hpp"

using namespace ferry;
using namespace ferry::channels;
using namespace ferry::channels::test;

TEST_CASE("relay ledger: what was read before the last two places need not be read again, also when a snapshot was made in between") {
  const auto replayed = [](const std::vector<base::Bytes>& records) {
    RelayLedger ledger = relay_ledger();
    for (const auto& record : records) REQUIRE(ledger.replay(record));
    return ledger;
  };
  const auto sorted = [](std::vector<base::ChannelId> ids) {
    std::ranges::sort(ids);
    return ids;
  };
  RelayLedger ledger = relay_ledger();
  open(ledger, units(100), 1);
  CHECK_FALSE(ledger.place());
  CHECK(ledger.to_read_again() == std::vector{id(1)});
  ledger.apply(PlaceRecord{10, kDomain});
  CHECK(ledger.to_read_again() == std::vector{id(1)});  // it may have been read after that place was looked up
  open(ledger, units(100), 2);
  ledger.apply(PlaceRecord{20, kDomain});
  open(ledger, units(100), 3);
  CHECK(ledger.to_read_again() == sorted({id(2), id(3)}));
  ledger = replayed(ledger.snapshot());
  CHECK(ledger.place() == PlaceRecord{20, kDomain});
  CHECK(sorted(ledger.to_read_again()) == sorted({id(2), id(3)}));
  CHECK(replayed(ledger.snapshot()).snapshot() == ledger.snapshot());
  ledger.apply(PlaceRecord{30, kDomain});
  ledger = replayed(ledger.snapshot());  // each start may make one
  CHECK(ledger.to_read_again() == std::vector{id(3)});
  ledger.apply(PlaceRecord{40, kDomain});
  CHECK(ledger.to_read_again().empty());

  // What is being emptied always, what is closed never again.
  ChainChannel leaving = holding(units(100));
  leaving.pending_withdraw = units(60);
  ledger.apply(ledger.sync(id(1), leaving).value());
  leaving.closed = true;
  ledger.apply(ledger.sync(id(3), leaving).value());
  for (const std::uint64_t after : {50U, 60U}) ledger.apply(PlaceRecord{after, kDomain});
  CHECK(ledger.to_read_again() == std::vector{id(1)});
  CHECK(replayed(ledger.snapshot()).to_read_again() == std::vector{id(1)});
}
