#pragma once
// The exit policy: whether this relay may contact a URL, a host and, in the end, a numeric address. Used by origin fetch and by
// tunnels, for the first request and again for every redirect, retry and new connection. It resolves no names and opens no socket.

#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/ip.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/url.hpp"
#include "relay/exit/exit_rules.hpp"

namespace ferry::relay::exit {

/// Where this relay itself can be reached: nobody may use it to talk to itself.
struct OwnEndpoints {
  std::vector<base::IpAddress> addresses;  ///< interfaces (interface_addresses()) and the configured public address
  std::vector<std::uint16_t> ports;        ///< listening and admin ports, as bound (not 0)
};

/// Threads: immutable; share one between workers by `std::shared_ptr<const ExitPolicy>`.
///
/// Every refusal has kind refusal, a code "exit_<rule>" and a message that names the rule and the flag by which the operator may
/// change it. Codes: exit_scheme, exit_host_spelling, exit_port, exit_local_name, exit_metadata_name, exit_denied_domain (URLs and
/// hosts); exit_own_port, exit_own_address, exit_denied_range, exit_metadata and those of the tables in bogons.hpp (addresses).
class ExitPolicy {
 public:
  /// Errors: refusal "exit_rule_port" (port 0), "exit_rule_domain".
  static base::Result<ExitPolicy> make(ExitRules rules, OwnEndpoints own);

  /// Scheme, host and port, as far as they can be judged without resolving. A literal address is judged in full.
  base::Result<void> check_url(const base::Url& url) const;

  /// The same for a tunnel, which names a host and a port.
  base::Result<void> check_host(const base::Host& host, std::uint16_t port) const;

  /// The last word before a connection. IPv6 forms that carry an IPv4 address (mapped, NAT64, 6to4, IPv4-compatible) are unwrapped
  /// and the inner address is judged as well. In this order: own ports, denied ranges, cloud metadata (opened only by an exact
  /// /32 or /128), allowed ranges, built-in tables, own addresses, ports.
  base::Result<void> check_address(const base::IpAddress& address, std::uint16_t port) const;

  /// SHA-256 of canonical_text(): stands in quotes, so that a client can tell that the policy changed.
  base::Hash256 hash() const { return hash_; }

  /// The published policy: rules and built-in tables, one per line, sorted, in the same text for the same rules in any order.
  /// Own addresses and ports are not told.
  std::string canonical_text() const;

 private:
  ExitPolicy(ExitRules rules, OwnEndpoints own);

  base::Result<void> check_name(const std::string& name, std::uint16_t port) const;
  /// The rules that no ordinary allow can open.
  base::Result<void> check_firm(const base::IpAddress& address, std::uint16_t port) const;
  /// Everything about the address itself, whatever it carries.
  base::Result<void> check_plain(const base::IpAddress& address, std::uint16_t port) const;
  bool is_own(const base::IpAddress& address) const;
  bool has_port(std::uint16_t port) const;

  ExitRules rules_;
  std::unordered_set<std::string> denied_domains_;
  OwnEndpoints own_;
  base::Hash256 hash_;
};

}  // namespace ferry::relay::exit
