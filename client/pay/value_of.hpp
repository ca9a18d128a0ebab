#pragma once
// value_of: what an Outcome says, for a procedure that gives up on anything but ok.

#include <utility>

#include "channels/chain/chain_backend.hpp"

namespace ferry::client {

template <typename T>
base::Result<T> value_of(chain::Outcome<T> outcome) {
  if (outcome.is_ok()) return std::move(*outcome.value);
  return base::fail(outcome.error.value_or(base::environment("ledger_unknown", "the ledger did not answer; try again")));
}

}  // namespace ferry::client
