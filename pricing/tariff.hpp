#pragma once
// Tariff: an operator's price rules in BTT per MiB, and the one place where bytes become money. Integers only; a charge is rounded up once.

#include <cstdint>
#include <string_view>

#include "protocol/base/amount.hpp"
#include "protocol/base/result.hpp"

namespace ferry::pricing {

inline constexpr std::uint64_t kMib = std::uint64_t{1} << 20U;
/// No price may be higher, per MiB or per request: then what 2^44 bytes cost stays far below 2^128.
inline constexpr base::Amount kMaxPrice = base::Amount::btt(1'000'000'000);

/// All prices in units (10^-18 BTT) per MiB, `per_request` per request. Every per-MiB price is clamped to [min, max] when it is quoted.
struct Tariff {
  base::Amount hit;          ///< a chunk that the relay holds
  base::Amount miss;         ///< a chunk that it must fetch from the origin
  base::Amount tunnel_down;  ///< towards the client
  base::Amount tunnel_up;
  base::Amount per_request;
  base::Amount min;
  base::Amount max;

  /// The price that a new operator starts with; see docs/pricing.md for how it was chosen.
  static Tariff standard();
  /// `price` within [min, max].
  base::Amount clamped(base::Amount price) const;
  friend bool operator==(const Tariff&, const Tariff&) = default;
};

/// Refusals "tariff_bounds" (min > max), "tariff_too_high" (a price above 10^9 BTT per MiB: then sums could overflow).
base::Result<void> check(const Tariff& tariff);

/// TOML: keys hit, miss, tunnel_down, tunnel_up, per_request, min, max, each a decimal text in BTT ("0.5"); a missing key keeps the standard.
/// Unknown keys, floats and bad amounts are refused with line and column. `source_name` goes into messages. Refusals "tariff_too_long" (above
/// 64 KiB), "tariff_syntax", "tariff_unknown_key", "tariff_type", "tariff_amount" and those of check().
base::Result<Tariff> parse_tariff_toml(std::string_view text, std::string_view source_name);

/// ceil(per_mib * bytes / 2^20). Precondition: per_mib passed check(), bytes <= 2^44; then it cannot overflow.
/// Outside of that it saturates.
base::Amount price_of(base::Amount per_mib, std::uint64_t bytes);

}  // namespace ferry::pricing
