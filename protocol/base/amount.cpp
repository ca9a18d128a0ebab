#include "protocol/base/amount.hpp"

#include <algorithm>

namespace ferry::base {
namespace {

using Raw = Amount::Raw;

struct Wide {
  Raw high;
  Raw low;
};

Wide multiply(Raw a, Raw b) {
  constexpr Raw kLowMask = ~std::uint64_t{0};
  const Raw a_low = a & kLowMask;
  const Raw a_high = a >> 64U;
  const Raw b_low = b & kLowMask;
  const Raw b_high = b >> 64U;
  const Raw low = a_low * b_low;
  const Raw cross = a_high * b_low + (low >> 64U);  // cannot overflow: (2^64-1)^2 + 2^64-1 < 2^128
  const Raw middle = a_low * b_high + (cross & kLowMask);
  return Wide{a_high * b_high + (cross >> 64U) + (middle >> 64U), (middle << 64U) | (low & kLowMask)};
}

struct Quotient {
  Raw value;
  Raw rest;
};

/// Schoolbook division by one bit at a time; the fast way is taken whenever the product fits 128 bits, as money does.
std::optional<Quotient> divide(Wide product, Raw denominator) {
  if (denominator == 0 || product.high >= denominator) return std::nullopt;
  if (product.high == 0) return Quotient{product.low / denominator, product.low % denominator};
  Raw rest = product.high;
  Raw value = 0;
  for (int bit = 127; bit >= 0; --bit) {
    const bool carry = (rest >> 127U) != 0;
    rest = (rest << 1U) | ((product.low >> static_cast<unsigned>(bit)) & 1U);
    value <<= 1U;
    if (carry || rest >= denominator) {
      rest -= denominator;
      value |= 1U;
    }
  }
  return Quotient{value, rest};
}

std::string decimal(Raw value) {
  std::string out;
  do {
    out.push_back(static_cast<char>('0' + static_cast<int>(value % 10)));
    value /= 10;
  } while (value != 0);
  std::reverse(out.begin(), out.end());
  return out;
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// `digits` are known to be digits.
std::optional<Raw> number_of(std::string_view digits) {
  std::optional<Amount> value = Amount::zero();
  for (const char c : digits) {
    value = value->times(10);
    if (value) value = value->plus(Amount::from_units(static_cast<Raw>(c - '0')));
    if (!value) return std::nullopt;
  }
  return value->units();
}

Unexpected not_an_amount(std::string_view text, std::string_view wanted) {
  return fail(refusal("amount_text", "'" + printable(text, 60) + "' is not an amount; write " + std::string{wanted}));
}

Unexpected too_large() { return fail(refusal("amount_overflow", "the amount is larger than 2^128 - 1 units")); }

constexpr std::string_view kBttForm = "BTT as digits with at most one point and 18 places, for example 0.25";

}  // namespace

std::optional<Amount> Amount::plus(Amount other) const {
  const Raw sum = units_ + other.units_;
  if (sum < units_) return std::nullopt;
  return Amount{sum};
}

std::optional<Amount> Amount::minus(Amount other) const {
  if (other.units_ > units_) return std::nullopt;
  return Amount{units_ - other.units_};
}

std::optional<Amount> Amount::times(Raw factor) const {
  if (factor != 0 && units_ > ~Raw{0} / factor) return std::nullopt;
  return Amount{units_ * factor};
}

std::optional<Amount> Amount::scaled_up(Raw numerator, Raw denominator) const {
  const auto quotient = divide(multiply(units_, numerator), denominator);
  if (!quotient) return std::nullopt;
  return Amount{quotient->value}.plus(Amount{quotient->rest == 0 ? 0U : 1U});
}

std::optional<Amount> Amount::scaled_down(Raw numerator, Raw denominator) const {
  const auto quotient = divide(multiply(units_, numerator), denominator);
  if (!quotient) return std::nullopt;
  return Amount{quotient->value};
}

Amount Amount::plus_saturated(Amount other) const { return plus(other).value_or(max()); }

Amount Amount::minus_floored(Amount other) const { return minus(other).value_or(zero()); }

std::string Amount::to_btt() const {
  std::string out = decimal(units_ / kUnitsPerBtt);
  if (units_ % kUnitsPerBtt == 0) return out;
  const std::string places = decimal(units_ % kUnitsPerBtt);
  out.append(1, '.').append(static_cast<std::size_t>(kDecimals) - places.size(), '0').append(places);
  out.erase(out.find_last_not_of('0') + 1);
  return out;
}

Result<Amount> Amount::parse_btt(std::string_view text) {
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view places = point == std::string_view::npos ? std::string_view{"0"} : text.substr(point + 1);
  if (!all_digits(whole) || !all_digits(places) || places.size() > kDecimals) return not_an_amount(text, kBttForm);

  const auto whole_value = number_of(whole);
  const auto whole_units = whole_value ? Amount{*whole_value}.times(kUnitsPerBtt) : std::nullopt;
  if (!whole_units) return too_large();
  std::string padded{places};
  padded.resize(kDecimals, '0');
  const auto sum = whole_units->plus(Amount{number_of(padded).value_or(0)});  // 18 digits always fit
  if (!sum) return too_large();
  return *sum;
}

std::string Amount::to_units_text() const { return decimal(units_); }

Result<Amount> Amount::parse_units(std::string_view text) {
  if (!all_digits(text) || (text.size() > 1 && text.front() == '0')) {
    return not_an_amount(text, "units as digits without sign or leading zeros");
  }
  const auto value = number_of(text);
  if (!value) return too_large();
  return Amount{*value};
}

std::array<std::uint8_t, 16> Amount::to_bytes() const {
  std::array<std::uint8_t, 16> out{};
  Raw rest = units_;
  for (auto byte = out.rbegin(); byte != out.rend(); ++byte, rest >>= 8U) *byte = static_cast<std::uint8_t>(rest & 0xffU);
  return out;
}

std::optional<Amount> Amount::from_bytes(ByteView bytes) {
  if (bytes.size() != 16) return std::nullopt;
  Raw value = 0;
  for (const std::uint8_t byte : bytes) value = (value << 8U) | byte;
  return Amount{value};
}

}  // namespace ferry::base
