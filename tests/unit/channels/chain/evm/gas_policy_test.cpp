#include "channels/chain/evm/gas_policy.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/unit/channels/chain/people.hpp"

using namespace ferry;
using namespace ferry::chain;
using namespace ferry::chain::evm;
using ferry::chain::test::units;

namespace {

const GasTerms kTerms{units(100), units(1000), 8'000'000};

Claim priced_claim(std::size_t rows) {
  Claim claim;
  claim.rows.resize(rows);
  return claim;
}

}  // namespace

TEST_CASE("gas policy: the price lies within floor and cap") {
  CHECK(price_of_gas(kTerms, units(7)) == units(100));
  CHECK(price_of_gas(kTerms, units(500)) == units(500));
  CHECK(price_of_gas(kTerms, units(1000)) == units(1000));
  CHECK(price_of_gas(kTerms, units(1001)).error().code == "gas_price_high");
  CHECK(price_of_gas(kTerms, base::Amount::max()).error().code == "gas_price_high");
}

TEST_CASE("gas policy: BTTC's floor is what its nodes ask for") {
  CHECK(default_gas_terms(199).price_floor == units(300'000'000'000'000));
  CHECK(default_gas_terms(1029).price_floor == units(300'000'000'000'000));
  CHECK(default_gas_terms(1).price_floor.is_zero());
}

TEST_CASE("gas policy: a limit has a quarter of room, and an end") {
  CHECK(limit_of_gas(kTerms, 100'000) == 125'000);
  CHECK(limit_of_gas(kTerms, 7'900'000) == 8'000'000);
  CHECK(limit_of_gas(kTerms, 8'000'001).error().code == "gas_limit_high");
  CHECK(limit_of_gas(kTerms, ~std::uint64_t{0}).error().code == "gas_limit_high");
}

TEST_CASE("gas policy: a replacement pays a tenth more at least, rounded up") {
  CHECK(price_to_outbid(kTerms, units(200), units(0)) == units(220));
  CHECK(price_to_outbid(kTerms, units(201), units(0)) == units(222));
  CHECK(price_to_outbid(kTerms, units(200), units(400)) == units(400));
  CHECK(price_to_outbid({units(0), units(9), 1}, units(0), units(0)) == units(1));
  CHECK(price_to_outbid(kTerms, units(950), units(0)).error().code == "gas_price_high");
  CHECK(price_to_outbid(kTerms, base::Amount::max(), units(0)).error().code == "gas_price_high");
}

TEST_CASE("gas policy: what actions usually take is not below what was measured, nor far above") {
  std::ifstream file{FERRY_SOURCE_DIR "/channels/contracts/gas.json"};
  const auto measured = nlohmann::json::parse(file);
  const auto fits = [&](const Action& action, const char* name) {
    const auto usual = usual_gas(action), real = measured[name].get<std::uint64_t>();
    CAPTURE(name);
    CHECK(usual >= real);
    CHECK(usual < 2 * real);
  };
  fits(Deposit{}, "openNative");
  fits(Deposit{}, "depositFrom");
  fits(priced_claim(1), "claimWithSignature x1");
  fits(priced_claim(1), "claim x1, the receiver's first");
  fits(priced_claim(10), "claimWithSignature x10");
  fits(priced_claim(50), "claimWithSignature x50");
  fits(Settle{}, "settle, to an account that never held money");
  fits(InitiateWithdraw{}, "initiateWithdraw");
  fits(FinalizeWithdraw{}, "finalizeWithdraw, the rest");
  fits(Refund{}, "refund, the rest");
  fits(RefundBySignature{}, "refundWithSignature, the rest");
}
