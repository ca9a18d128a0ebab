#include "channels/invariant.hpp"

#include <cstdio>
#include <cstdlib>

namespace ferry::channels {

void invariant_broken(std::string_view what) {
  std::fprintf(stderr, "ferry: a ledger's invariant is broken: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

}  // namespace ferry::channels
