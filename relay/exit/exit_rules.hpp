#pragma once
// What an operator may say about the addresses a relay contacts, as values, and the parsing of their text forms. Read by the
// configuration; applied by ExitPolicy.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/ip.hpp"
#include "protocol/base/result.hpp"

namespace ferry::relay::exit {

/// One --exit-allow: a range that is opened although the built-in tables, or the list of ports, would refuse it.
struct ExitAllow {
  base::Cidr range;
  std::optional<std::uint16_t> port;  ///< absent: every port of these addresses

  bool covers(const base::IpAddress& address, std::uint16_t to_port) const;
  /// "10.0.0.0/8" or "10.0.0.0/8:8080"; IPv6 with a port in brackets: "[fd00::/8]:8080".
  std::string to_string() const;

  friend bool operator==(const ExitAllow&, const ExitAllow&) = default;
};

struct ExitRules {
  std::vector<ExitAllow> allow;             ///< wins over the built-in tables and over `ports`, never over `deny`
  std::vector<base::Cidr> deny;             ///< wins over everything
  std::vector<std::uint16_t> ports{80, 443};
  std::vector<std::string> deny_domains;    ///< "example.org" refuses the name itself and every name below it
};

/// "CIDR", "ADDRESS", "CIDR:PORT" or "[IPV6-CIDR]:PORT". A range of IPv4-mapped IPv6 is kept as the IPv4 range it means.
/// Errors: refusal "exit_rule_allow".
base::Result<ExitAllow> parse_exit_allow(std::string_view text);

/// "CIDR" or "ADDRESS", mapped ranges as above. Errors: refusal "exit_rule_deny".
base::Result<base::Cidr> parse_exit_deny(std::string_view text);

/// A domain suffix in canonical form (lower case, no trailing dot); "*." or "." in front is accepted and dropped.
/// Errors: refusal "exit_rule_domain" for addresses and whatever is not a name.
base::Result<std::string> parse_deny_domain(std::string_view text);

}  // namespace ferry::relay::exit
