#pragma once
// Address: the last 20 bytes of the Keccak-256 of a secp256k1 public key. One key has one address on every chain; only its text differs.

#include <array>
#include <compare>
#include <string>
#include <string_view>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

namespace ferry::base {

struct Address {
  std::array<std::uint8_t, 20> data{};

  ByteView view() const { return ByteView{data}; }
  bool is_zero() const { return *this == Address{}; }

  /// "0x" + 40 digits with the mixed-case checksum. Source: EIP-55.
  std::string to_eip55() const;
  /// "T…" base58check of 0x41 followed by the 20 bytes. Source: TRON address format.
  std::string to_tron() const;

  /// Accepts all-lower, all-upper or correctly checksummed "0x…", or a TRON "T…" text. Refusal codes: "address_text",
  /// "address_checksum".
  static Result<Address> parse(std::string_view text);
  static std::optional<Address> from(ByteView bytes);

  friend bool operator==(const Address&, const Address&) = default;
  friend auto operator<=>(const Address&, const Address&) = default;
};

struct AddressHasher {
  std::size_t operator()(const Address& a) const {
    std::size_t out = 0;
    for (std::size_t i = 0; i < sizeof(out); ++i) out = (out << 8U) | a.data[i];
    return out;
  }
};

}  // namespace ferry::base
