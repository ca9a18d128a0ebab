#include "channels/chain/evm/gas_policy.hpp"

#include <algorithm>
#include <variant>

namespace ferry::chain::evm {
namespace {

constexpr std::uint64_t kGwei = 1'000'000'000;

base::Amount units(std::uint64_t count) { return base::Amount::from_units(count); }

base::Unexpected too_dear(const GasTerms& terms, base::Amount price) {
  return base::fail(base::environment("gas_price_high", "one gas costs " + price.to_units_text() + " now and the cap is " + terms.price_cap.to_units_text() +
                                                        ": wait until it is cheaper, or raise gas-price-cap in the chain's URL"));
}

}  // namespace

GasTerms default_gas_terms(std::uint64_t chain_id) {
  constexpr std::uint64_t kBttc = 199, kBttcTest = 1029;
  const bool is_bttc = chain_id == kBttc || chain_id == kBttcTest;
  GasTerms terms;
  terms.price_floor = units(is_bttc ? 300'000 * kGwei : 0);
  terms.price_cap = units(is_bttc ? 3'000'000 * kGwei : 1000 * kGwei);
  return terms;
}

base::Result<base::Amount> price_of_gas(const GasTerms& terms, base::Amount told) {
  const auto price = std::max(told, terms.price_floor);
  if (price > terms.price_cap) return too_dear(terms, price);
  return price;
}

base::Result<std::uint64_t> limit_of_gas(const GasTerms& terms, std::uint64_t estimate) {
  const auto roomy = estimate <= terms.limit_cap ? estimate + estimate / 4 : estimate;
  if (estimate > terms.limit_cap) {
    return base::fail(base::refusal("gas_limit_high", "the transaction would take " + std::to_string(estimate) + " gas, more than the " +
                                                          std::to_string(terms.limit_cap) + " that Ferry ever pays for"));
  }
  return std::min(roomy, terms.limit_cap);
}

base::Result<base::Amount> price_to_outbid(const GasTerms& terms, base::Amount waiting, base::Amount told) {
  const auto more = waiting.scaled_up(11, 10);
  if (!more) return too_dear(terms, base::Amount::max());
  return price_of_gas(terms, std::max({*more, waiting.plus_saturated(units(1)), told}));
}

std::uint64_t usual_gas(const Action& action) {
  struct Usual {
    std::uint64_t operator()(const Deposit&) const { return 85'000; }
    std::uint64_t operator()(const Claim& claim) const { return 47'000 + 21'000 * claim.rows.size(); }
    std::uint64_t operator()(const Settle&) const { return 67'000; }
    std::uint64_t operator()(const InitiateWithdraw&) const { return 56'000; }
    std::uint64_t operator()(const FinalizeWithdraw&) const { return 51'000; }
    std::uint64_t operator()(const Refund&) const { return 71'000; }
    std::uint64_t operator()(const RefundBySignature&) const { return 105'000; }
    std::uint64_t operator()(const Transfer&) const { return 52'000; }
  };
  return std::visit(Usual{}, action);
}

}  // namespace ferry::chain::evm
