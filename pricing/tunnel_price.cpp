#include "pricing/tunnel_price.hpp"

#include <algorithm>
#include <optional>

namespace ferry::pricing {

using base::Amount;

Amount tunnel_per_mib(const Quote& quote) { return std::max(quote.tunnel_down_per_mib, quote.tunnel_up_per_mib); }

Amount tunnel_charge(const Quote& quote, std::uint64_t down_bytes, std::uint64_t up_bytes) {
  // Whole MiB need no rounding; taken apart, no product of a price and bytes comes near 2^128.
  const auto add = [](std::optional<Amount> a, std::optional<Amount> b) { return a && b ? a->plus(*b) : std::nullopt; };
  const auto whole = add(quote.tunnel_down_per_mib.times(down_bytes / kMib), quote.tunnel_up_per_mib.times(up_bytes / kMib));
  const auto parts = add(quote.tunnel_down_per_mib.times(down_bytes % kMib), quote.tunnel_up_per_mib.times(up_bytes % kMib));
  const auto sum = add(whole, parts ? parts->scaled_up(1, kMib) : std::nullopt);
  return sum.value_or(Amount::max());
}

base::Result<void> check_tunnel_charge(const Quote& quote, std::uint64_t down_bytes, std::uint64_t up_bytes, bool first, Amount charged) {
  const Amount fee = first ? quote.per_request : Amount::zero();
  const Amount allowed = tunnel_charge(quote, down_bytes, up_bytes).plus_saturated(fee);
  if (charged <= allowed) return {};
  return base::fail(base::peer_fault("charge_above_quote", "the relay charged " + charged.to_btt() + " BTT for " + std::to_string(down_bytes) +
                                                               " bytes down and " + std::to_string(up_bytes) + " up, which cost " +
                                                               allowed.to_btt() + " BTT by its quote: use another relay"));
}

}  // namespace ferry::pricing
