#pragma once
// What a ledger does when its own sums do not hold: it stops the process, in every build. The journal is the truth and replays; going on with
// broken sums could only lose somebody's money. Not for what a peer, a chain or a disk may get wrong: those are errors.

#include <string_view>

#include "protocol/base/amount.hpp"

namespace ferry::channels {

/// Says on stderr what is broken and aborts.
[[noreturn]] void invariant_broken(std::string_view what);

inline void require(bool holds, std::string_view what) {
  if (!holds) [[unlikely]] invariant_broken(what);
}

/// For sums that are bounded by what was checked before.
inline base::Amount checked_sum(base::Amount a, base::Amount b) {
  const auto sum = a.plus(b);
  require(sum.has_value(), "a sum of money does not fit");
  return *sum;
}

}  // namespace ferry::channels
