#include "relay/ops/ledger_mark.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "tests/unit/channels/chain/people.hpp"
#include "tests/unit/relay/temporary_directory.hpp"

using namespace ferry;
using namespace ferry::relay;

namespace {

LedgerMark sample() {
  const chain::test::People people;
  return {"chain", "bttc", {199, people.stranger.address()}, people.payer.address(), people.beneficiary.address(), chain::Fees::in_token};
}

}  // namespace

TEST_CASE("ledger mark: what was kept comes back, and the beneficiary may change") {
  const relay::test::TemporaryDirectory directory;
  const auto file = directory.path() / "ledger.json";
  CHECK_FALSE(read_ledger_mark(file).value().has_value());
  REQUIRE(keep_ledger_mark(file, sample()));
  auto kept = read_ledger_mark(file).value().value();
  CHECK(kept.is_same_ledger(sample()));
  CHECK(kept.receiver == sample().receiver);
  CHECK(kept.fees == chain::Fees::in_token);
  kept.receiver = kept.token;
  CHECK(check_ledger_mark(sample(), kept));
  REQUIRE(keep_ledger_mark(file, kept));
  CHECK(read_ledger_mark(file).value()->receiver == kept.token);
}

TEST_CASE("ledger mark: another chain, contract, token or kind of ledger is refused") {
  CHECK(check_ledger_mark(std::nullopt, sample()));
  auto other = sample();
  other.domain.chain_id = 200;
  CHECK(check_ledger_mark(sample(), other).error().code == "data_other_ledger");
  other = sample();
  other.domain.verifying_contract = other.token;
  CHECK_FALSE(check_ledger_mark(sample(), other));
  other = sample();
  other.token = other.receiver;
  CHECK_FALSE(check_ledger_mark(sample(), other));
  other = sample();
  other.kind = "embedded";
  CHECK_FALSE(check_ledger_mark(sample(), other));
}

TEST_CASE("ledger mark: a damaged file is refused, not replaced") {
  const relay::test::TemporaryDirectory directory;
  const auto file = directory.path() / "ledger.json";
  REQUIRE(keep_ledger_mark(file, sample()));
  std::ofstream(file, std::ios::trunc) << "{\"kind\": \"chain\"}";
  CHECK(read_ledger_mark(file).error().code == "ledger_mark");
  CHECK_FALSE(keep_ledger_mark(directory.path() / "none" / "ledger.json", sample()));
}
