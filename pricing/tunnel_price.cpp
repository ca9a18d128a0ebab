#include "pricing/tunnel_price.hpp"

#include <algorithm>

namespace ferry::pricing {

using base::Amount;

Amount tunnel_per_mib(const Quote& quote) { return std::max(quote.tunnel_down_per_mib, quote.tunnel_up_per_mib); }

Amount tunnel_charge(const Quote& quote, std::uint64_t down_bytes, std::uint64_t up_bytes) {
  const auto down = quote.tunnel_down_per_mib.times(down_bytes);
  const auto up = quote.tunnel_up_per_mib.times(up_bytes);
  if (!down || !up) return Amount::max();
  const auto sum = down->plus(*up);
  return sum ? sum->scaled_up(1, kMib).value_or(Amount::max()) : Amount::max();
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
