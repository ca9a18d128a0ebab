#pragma once
// Why a ledger did not do or answer what it was asked, as our own functions report it.

#include "channels/chain/chain_backend.hpp"

namespace ferry::relay {

/// Precondition: the outcome is not ok.
template <typename T>
base::Unexpected error_of(const chain::Outcome<T>& outcome) {
  return base::fail(outcome.error.value_or(base::bug("ledger_outcome", "the ledger gave neither an answer nor an error")));
}

}  // namespace ferry::relay
