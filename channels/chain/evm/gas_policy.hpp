#pragma once
// What Ferry pays for gas: the price that the node names, within a floor and a cap, and room above what a call is estimated to take. Pure.

#include <cstdint>

#include "channels/chain/chain_backend.hpp"
#include "protocol/base/amount.hpp"
#include "protocol/base/result.hpp"

namespace ferry::chain::evm {

struct GasTerms {
  base::Amount price_floor;  ///< of one gas, smallest native unit
  base::Amount price_cap;
  std::uint64_t limit_cap = 8'000'000;  ///< of one transaction; a claim of 50 rows takes about an eighth
};

/// The floor is what the chain is known to ask at least (BTTC and its test net: 300,000 gwei), the cap ten times that, or 1,000 gwei.
/// Source: docs/payments.md.
GasTerms default_gas_terms(std::uint64_t chain_id);

/// Error environment "gas_price_high" (the node asks for more than the cap).
base::Result<base::Amount> price_of_gas(const GasTerms& terms, base::Amount told);

/// Room of a quarter above the estimate. Refusal "gas_limit_high".
base::Result<std::uint64_t> limit_of_gas(const GasTerms& terms, std::uint64_t estimate);

/// What replaces a waiting transaction: at least a tenth more, and at least `told`. Error environment "gas_price_high".
base::Result<base::Amount> price_to_outbid(const GasTerms& terms, base::Amount waiting, base::Amount told);

/// What an action takes, rather too much than too little. Source: channels/contracts/gas.json.
std::uint64_t usual_gas(const Action& action);

}  // namespace ferry::chain::evm
