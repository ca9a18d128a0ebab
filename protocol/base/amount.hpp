#pragma once
// Amount: an unsigned 128-bit count of a token's smallest unit (atto-BTT: 1 BTT = 10^18). All money between a tariff and a claim is an
// Amount; arithmetic is checked, text is exact, there is no way to or from a floating-point number.

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

namespace ferry::base {

class Amount {
 public:
  __extension__ typedef unsigned __int128 Raw;  // a typedef because only so -Wpedantic lets it pass
  static constexpr int kDecimals = 18;

  constexpr Amount() = default;
  static constexpr Amount from_units(Raw units) { return Amount{units}; }
  static constexpr Amount zero() { return Amount{}; }
  static constexpr Amount max() { return Amount{~Raw{0}}; }
  /// `whole` BTT. Every 64-bit count fits.
  static constexpr Amount btt(std::uint64_t whole) { return Amount{Raw{whole} * kUnitsPerBtt}; }

  constexpr Raw units() const { return units_; }
  constexpr bool is_zero() const { return units_ == 0; }

  /// nullopt on overflow or underflow.
  std::optional<Amount> plus(Amount other) const;
  std::optional<Amount> minus(Amount other) const;
  std::optional<Amount> times(Raw factor) const;
  /// ceil(this * numerator / denominator) without overflow in between (256-bit product). nullopt if the result does not fit or
  /// `denominator` is zero.
  std::optional<Amount> scaled_up(Raw numerator, Raw denominator) const;
  /// The same, rounded down.
  std::optional<Amount> scaled_down(Raw numerator, Raw denominator) const;

  /// Saturating forms, for limits and displays only; never for what is owed.
  Amount plus_saturated(Amount other) const;
  Amount minus_floored(Amount other) const;

  /// Exact BTT decimal text, no trailing zeros, e.g. "0.000123", "0", "12".
  std::string to_btt() const;
  /// Strict: digits, at most one point, at most 18 places, at least one digit on each side of a point, no sign, no exponent.
  /// Refusal codes of both readers: "amount_text", "amount_overflow".
  static Result<Amount> parse_btt(std::string_view text);

  /// Canonical integer text of units (no sign, no leading zeros), as x402 and EIP-712 tools write it.
  std::string to_units_text() const;
  static Result<Amount> parse_units(std::string_view text);

  /// 16 bytes, big-endian (the wire and the journal).
  std::array<std::uint8_t, 16> to_bytes() const;
  static std::optional<Amount> from_bytes(ByteView bytes);

  friend constexpr bool operator==(Amount, Amount) = default;
  friend constexpr auto operator<=>(Amount a, Amount b) { return a.units_ <=> b.units_; }

 private:
  static constexpr Raw kUnitsPerBtt = 1'000'000'000'000'000'000ULL;
  constexpr explicit Amount(Raw units) : units_(units) {}
  Raw units_ = 0;
};

}  // namespace ferry::base
