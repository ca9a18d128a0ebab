#include "pricing/tariff.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace ferry::pricing {

using base::Amount;

Tariff Tariff::standard() {
    // docs/pricing.md says why, and at which exchange rate.
    return Tariff{
        .hit = Amount::btt(100),
        .miss = Amount::btt(200),
        .tunnel_down = Amount::btt(100),
        .tunnel_up = Amount::btt(100),
        .per_request = Amount::btt(1),
        .min = Amount::zero(),
        .max = Amount::btt(1'000'000),
    };
}

Amount Tariff::clamped(Amount price) const {
    return std::max(min, std::min(price, max));
}

base::Result<void> check(const Tariff& tariff) {
    const std::array<Amount, 7> prices{tariff.hit,         tariff.miss, tariff.tunnel_down, tariff.tunnel_up,
                                       tariff.per_request, tariff.min,  tariff.max};
    const Amount highest = *std::max_element(prices.begin(), prices.end());
    if (highest > kMaxPrice) {
        return base::fail(base::refusal(
            "tariff_too_high",
            "a price of " + highest.to_btt() + " BTT is above the limit of " + kMaxPrice.to_btt()));
    }
    if (tariff.min > tariff.max) {
        return base::fail(base::refusal("tariff_bounds", "min (" + tariff.min.to_btt() +
                                                             " BTT) is above max (" + tariff.max.to_btt() +
                                                             " BTT): no price lies between them"));
    }
    return {};
}

Amount price_of(Amount per_mib, std::uint64_t bytes) {
    return per_mib.scaled_up(bytes, kMib).value_or(Amount::max());
}

}  // namespace ferry::pricing
