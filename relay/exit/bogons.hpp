#pragma once
// The built-in tables of the exit policy: addresses that are not on the public internet, and those at which clouds hand out
// credentials. Numbers only; ExitPolicy decides what an operator may open.

#include <optional>
#include <string_view>
#include <vector>

#include "protocol/base/ip.hpp"

namespace ferry::relay::exit {

/// Source: the IANA special-purpose address registries (RFC 6890 and its successors).
struct Bogon {
  base::Cidr range;
  std::string_view code;  ///< "exit_private", …
  std::string_view name;  ///< for people: "private network"
};

/// In the order in which they are tried: narrow ranges before the wide ones that hold them.
const std::vector<Bogon>& bogons();

/// The first table row that holds `address`, or nullptr. `address` is not unwrapped here.
const Bogon* find_bogon(const base::IpAddress& address);

/// Where AWS, Azure, Google, Oracle, Alibaba, Tencent, Scaleway and OpenStack answer a machine's questions about itself.
const std::vector<base::IpAddress>& metadata_addresses();

/// An IPv4-mapped address (::ffff:0:0/96) is the IPv4 address to every operating system: that address. Any other stays as it is.
base::IpAddress unmapped(const base::IpAddress& address);

/// The same for a range that lies within the mapped addresses. Bits after the prefix become zero.
base::Cidr unmapped(const base::Cidr& range);

/// The IPv4 address to which a translator or tunnel would carry packets for this one: NAT64 (64:ff9b::/96, RFC 6052), 6to4
/// (2002::/16, RFC 3056), IPv4-compatible (::/96, RFC 4291, except :: and ::1).
std::optional<base::IpAddress> carried_ipv4(const base::IpAddress& address);

/// NAT64 is the one of these that leads to the public internet today.
bool is_nat64(const base::IpAddress& address);

}  // namespace ferry::relay::exit
