#pragma once
// IP addresses and prefixes as numbers, for the exit policy and for hosts written as literals. No resolving here.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

namespace ferry::base {

struct IpAddress {
  bool is_v6 = false;
  std::array<std::uint8_t, 16> data{};  ///< network order; IPv4 in the first four bytes

  static IpAddress v4(std::array<std::uint8_t, 4> bytes);
  static IpAddress v6(std::array<std::uint8_t, 16> bytes);
  /// Strict dotted quad (four decimal parts, no leading zeros) or RFC 4291 IPv6 without zone id. Brackets are not part of it.
  /// Refusal code: "ip_text".
  static Result<IpAddress> parse(std::string_view text);
  /// RFC 5952 for IPv6; ::ffff:0:0/96 ends in a dotted quad.
  std::string to_string() const;

  friend bool operator==(const IpAddress&, const IpAddress&) = default;
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
};

struct Cidr {
  IpAddress network;
  int prefix = 0;

  /// "10.0.0.0/8", "fc00::/7", or a bare address (full prefix). Host bits must be zero. Refusal codes: "ip_text",
  /// "cidr_prefix", "cidr_host_bits".
  static Result<Cidr> parse(std::string_view text);
  /// Families do not contain each other: an IPv4 prefix does not match an IPv4-mapped IPv6 address.
  bool contains(const IpAddress& address) const;
  std::string to_string() const;

  friend bool operator==(const Cidr&, const Cidr&) = default;
};

}  // namespace ferry::base
