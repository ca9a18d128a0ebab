#include "protocol/base/address.hpp"

#include <algorithm>
#include <cctype>

#include "protocol/base/hash.hpp"

namespace ferry::base {
namespace {

constexpr std::string_view kBase58Digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr std::uint8_t kTronPrefix = 0x41;
constexpr std::size_t kTronTextSize = 34;

/// prefix(1) ‖ address(20) ‖ checksum(4)
using TronBytes = std::array<std::uint8_t, 25>;

std::array<std::uint8_t, 4> tron_checksum(ByteView prefix_and_address) {
  const Hash256 twice = sha256(sha256(prefix_and_address).view());
  return {twice.data[0], twice.data[1], twice.data[2], twice.data[3]};
}

/// A prefix of 0x41 makes the text 34 digits long with 'T' first; there are never leading zeros to keep.
std::string to_base58(TronBytes number) {
  std::string out(kTronTextSize, kBase58Digits.front());
  for (auto digit = out.rbegin(); digit != out.rend(); ++digit) {
    unsigned rest = 0;
    for (std::uint8_t& byte : number) {
      const unsigned value = rest * 256 + byte;
      byte = static_cast<std::uint8_t>(value / 58);
      rest = value % 58;
    }
    *digit = kBase58Digits[rest];
  }
  return out;
}

std::optional<TronBytes> from_base58(std::string_view text) {
  TronBytes number{};
  for (const char c : text) {
    const std::size_t digit = kBase58Digits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    auto carry = static_cast<unsigned>(digit);
    for (auto byte = number.rbegin(); byte != number.rend(); ++byte) {
      carry += *byte * 58U;
      *byte = static_cast<std::uint8_t>(carry & 0xffU);
      carry >>= 8U;
    }
    if (carry != 0) return std::nullopt;
  }
  return number;
}

Unexpected not_an_address(std::string_view text) {
  return fail(refusal("address_text",
                      "'" + printable(text, 60) + "' is not an address; write 0x and 40 hexadecimal digits, or the T… form of TRON"));
}

Unexpected wrong_checksum(std::string_view text) {
  return fail(refusal("address_checksum", "the checksum of '" + printable(text, 60) + "' is wrong; copy the address again"));
}

Result<Address> parse_tron(std::string_view text) {
  const auto number = text.size() == kTronTextSize ? from_base58(text) : std::nullopt;
  if (!number || number->front() != kTronPrefix) return not_an_address(text);
  const auto checksum = tron_checksum(ByteView{*number}.first(21));
  if (!std::equal(checksum.begin(), checksum.end(), number->begin() + 21)) return wrong_checksum(text);
  Address out;
  std::copy_n(number->begin() + 1, out.data.size(), out.data.begin());
  return out;
}

bool any_of_case(std::string_view text, int (*is_case)(int)) {
  return std::any_of(text.begin(), text.end(), [is_case](char c) { return is_case(static_cast<unsigned char>(c)) != 0; });
}

}  // namespace

std::string Address::to_eip55() const {
  std::string digits = to_hex(view());
  const Hash256 hash = keccak256(bytes_of(digits));
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const unsigned nibble = i % 2 == 0 ? hash.data[i / 2] >> 4U : hash.data[i / 2] & 0x0fU;
    if (digits[i] >= 'a' && nibble >= 8) digits[i] = static_cast<char>(digits[i] - 'a' + 'A');
  }
  return "0x" + digits;
}

std::string Address::to_tron() const {
  TronBytes number{};
  number[0] = kTronPrefix;
  std::copy(data.begin(), data.end(), number.begin() + 1);
  const auto checksum = tron_checksum(ByteView{number}.first(21));
  std::copy(checksum.begin(), checksum.end(), number.begin() + 21);
  return to_base58(number);
}

Result<Address> Address::parse(std::string_view text) {
  if (text.starts_with('T')) return parse_tron(text);
  if (!text.starts_with("0x") || text.size() != 42) return not_an_address(text);
  const std::string_view digits = text.substr(2);
  const auto bytes = digits.starts_with("0x") ? std::nullopt : from_hex(digits);
  const auto address = bytes ? from(*bytes) : std::nullopt;
  if (!address) return not_an_address(text);
  const bool mixed_case = any_of_case(digits, std::islower) && any_of_case(digits, std::isupper);
  if (mixed_case && address->to_eip55() != text) return wrong_checksum(text);
  return *address;
}

std::optional<Address> Address::from(ByteView bytes) {
  Address out;
  if (bytes.size() != out.data.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), out.data.begin());
  return out;
}

}  // namespace ferry::base
