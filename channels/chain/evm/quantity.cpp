#include "channels/chain/evm/quantity.hpp"

#include <algorithm>
#include <limits>

namespace ferry::chain::evm {
namespace {

constexpr std::string_view kPrefix = "0x";

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The digits of a well-formed quantity of at most 256 bits; empty otherwise.
std::string_view digits_of(std::string_view text) {
  constexpr std::size_t kMaxDigits = 64;
  if (!text.starts_with(kPrefix)) return {};
  text.remove_prefix(kPrefix.size());
  if (text.size() > kMaxDigits || (text.size() > 1 && text.front() == '0')) return {};
  const bool all = std::ranges::all_of(text, [](char c) { return digit_of(c) >= 0; });
  return all ? text : std::string_view{};
}

base::Amount::Raw value_of(std::string_view digits) {
  base::Amount::Raw value = 0;
  for (const char c : digits) value = (value << 4U) | static_cast<base::Amount::Raw>(digit_of(c));
  return value;
}

constexpr std::size_t kDigits128 = 32;

}  // namespace

std::string write_quantity(base::Amount::Raw value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string digits;
  do {
    digits.push_back(kDigits[static_cast<std::size_t>(value & 0xfU)]);
    value >>= 4U;
  } while (value != 0);
  std::ranges::reverse(digits);
  return std::string{kPrefix} + digits;
}

std::optional<base::Amount::Raw> read_quantity(std::string_view text) {
  const auto digits = digits_of(text);
  if (digits.empty() || digits.size() > kDigits128) return std::nullopt;
  return value_of(digits);
}

std::optional<std::uint64_t> read_quantity_u64(std::string_view text) {
  const auto value = read_quantity(text);
  if (!value || *value > std::numeric_limits<std::uint64_t>::max()) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

std::optional<base::Amount> read_balance_quantity(std::string_view text) {
  const auto digits = digits_of(text);
  if (digits.empty()) return std::nullopt;
  return digits.size() > kDigits128 ? base::Amount::max() : base::Amount::from_units(value_of(digits));
}

}  // namespace ferry::chain::evm
