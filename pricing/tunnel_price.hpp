#pragma once
// What a tunnel costs under a quote: bytes both ways at their own prices, added up and rounded up once per metering, plus the request fee with
// the first. Both sides compute it, so a charge above it is provable.

#include <cstdint>

#include "pricing/quote.hpp"

namespace ferry::pricing {

/// The dearer of the two directions: what is reserved while nobody knows which way bytes will go.
base::Amount tunnel_per_mib(const Quote& quote);

/// ceil((down_per_mib * down + up_per_mib * up) / 2^20). Precondition: down + up <= 2^44; outside of that it saturates.
base::Amount tunnel_charge(const Quote& quote, std::uint64_t down_bytes, std::uint64_t up_bytes);

/// A metering of these bytes; the `first` one of a tunnel bears the fee. Above by one unit is refused: peer_fault "charge_above_quote".
base::Result<void> check_tunnel_charge(const Quote& quote, std::uint64_t down_bytes, std::uint64_t up_bytes, bool first, base::Amount charged);

}  // namespace ferry::pricing
