#include "relay/exit/exit_policy.hpp"

#include <algorithm>

#include "protocol/base/hash.hpp"
#include "relay/exit/bogons.hpp"
#include "relay/exit/policy_text.hpp"
#include "relay/exit/special_names.hpp"

namespace ferry::relay::exit {
namespace {

using base::IpAddress;
using base::Result;

template <typename List, typename Value>
bool holds(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

base::Unexpected refuse(std::string_view code, const std::string& message) { return base::fail(base::refusal(std::string{code}, message)); }

bool is_one_address(const base::Cidr& range) { return range.prefix == (range.network.is_v6 ? 128 : 32); }

std::string with_port(const IpAddress& address, std::uint16_t port) {
  return (address.is_v6 ? "[" + address.to_string() + "]" : address.to_string()) + ":" + std::to_string(port);
}

base::Unexpected refuse_port(std::uint16_t port) {
  return refuse("exit_port", "port " + std::to_string(port) +
                                 " is not among those that this relay contacts; its operator may open it with --exit-port, or one "
                                 "place with --exit-allow CIDR:PORT");
}

/// Wherever these lead, they end on this machine.
bool is_this_machine(const IpAddress& address) {
  if (!address.is_v6) return address.data[0] == 127 || address == IpAddress::v4({0, 0, 0, 0});
  const bool zeros = std::all_of(address.data.begin(), address.data.end() - 1, [](std::uint8_t byte) { return byte == 0; });
  return zeros && address.data.back() <= 1;
}

/// The name and each name above it: "a.b.c", "b.c", "c".
bool is_below_any(std::string_view name, const std::unordered_set<std::string>& domains) {
  while (!domains.contains(std::string{name})) {
    const std::size_t point = name.find('.');
    if (point == std::string_view::npos) return false;
    name.remove_prefix(point + 1);
  }
  return true;
}

}  // namespace

Result<ExitPolicy> ExitPolicy::make(ExitRules rules, OwnEndpoints own) {
  for (std::string& domain : rules.deny_domains) {
    FERRY_TRY(domain, parse_deny_domain(domain));
  }
  const bool has_port_zero = std::any_of(rules.allow.begin(), rules.allow.end(), [](const ExitAllow& allow) { return allow.port == 0; });
  if (has_port_zero || holds(rules.ports, 0)) return refuse("exit_rule_port", "port 0 cannot be contacted; remove it from the exit rules");
  for (IpAddress& address : own.addresses) address = unmapped(address);
  return ExitPolicy{canonical(std::move(rules)), std::move(own)};
}

ExitPolicy::ExitPolicy(ExitRules rules, OwnEndpoints own)
    : rules_(std::move(rules)),
      denied_domains_(rules_.deny_domains.begin(), rules_.deny_domains.end()),
      own_(std::move(own)),
      hash_(base::sha256(base::bytes_of(policy_text(rules_)))) {}

std::string ExitPolicy::canonical_text() const { return policy_text(rules_); }

Result<void> ExitPolicy::check_url(const base::Url& url) const {
  if (url.scheme != "http" && url.scheme != "https") {
    return refuse("exit_scheme", "this relay speaks http and https, not '" + base::printable(url.scheme, 20) + "'");
  }
  return check_host(url.host, url.port);
}

Result<void> ExitPolicy::check_host(const base::Host& host, std::uint16_t port) const {
  if (const auto* address = std::get_if<IpAddress>(&host.value)) return check_address(*address, port);
  return check_name(std::get<std::string>(host.value), port);
}

Result<void> ExitPolicy::check_name(const std::string& name, std::uint16_t port) const {
  // A Host that was not made by parse() must not talk its way around the lists by spelling.
  if (base::Host::parse(name) != base::Host{name}) {
    return refuse("exit_host_spelling", "'" + base::printable(name, 80) + "' is not a host name in canonical form");
  }
  const std::string shown = base::printable(name, 80);
  if (is_in(name, metadata_domains())) {
    return refuse("exit_metadata_name", "'" + shown + "' is a cloud's metadata service; no flag opens it by name");
  }
  if (is_in(name, local_domains())) {
    return refuse("exit_local_name", "'" + shown +
                                         "' is a name of the local machine or network; no flag opens it by name, but its address may "
                                         "be asked for where --exit-allow opens that");
  }
  if (is_below_any(name, denied_domains_)) {
    return refuse("exit_denied_domain", "'" + shown + "' is in a domain that this relay's operator denies (--exit-deny-domain)");
  }
  // The address is not known yet: it may lie where an allow opens this port.
  const auto opens = [port](const ExitAllow& allow) { return allow.port.value_or(port) == port; };
  if (port == 0 || !(has_port(port) || std::any_of(rules_.allow.begin(), rules_.allow.end(), opens))) return refuse_port(port);
  return {};
}

Result<void> ExitPolicy::check_address(const IpAddress& given, std::uint16_t port) const {
  const IpAddress address = unmapped(given);
  const auto carried = carried_ipv4(address);
  if (!carried) return check_plain(address, port);

  FERRY_CHECK(check_firm(address, port));
  if (auto inner = check_plain(*carried, port); !inner) {
    return refuse(inner.error().code, address.to_string() + " carries " + inner.error().message);
  }
  // NAT64 is only another way to write the inner address.
  if (is_nat64(address)) return {};
  return check_plain(address, port);
}

Result<void> ExitPolicy::check_firm(const IpAddress& address, std::uint16_t port) const {
  if (port == 0) return refuse_port(port);
  if (is_own(address) && holds(own_.ports, port)) {
    return refuse("exit_own_port", with_port(address, port) + " is this relay itself; no flag opens it");
  }
  for (const base::Cidr& range : rules_.deny) {
    if (range.contains(address)) {
      return refuse("exit_denied_range",
                    address.to_string() + " is in " + range.to_string() + ", which this relay's operator denies (--exit-deny)");
    }
  }
  const auto opens = [&](const ExitAllow& allow) { return is_one_address(allow.range) && allow.covers(address, port); };
  if (holds(metadata_addresses(), address) && std::none_of(rules_.allow.begin(), rules_.allow.end(), opens)) {
    return refuse("exit_metadata",
                  address.to_string() + " is a cloud's metadata service; only --exit-allow for exactly this address opens it");
  }
  return {};
}

Result<void> ExitPolicy::check_plain(const IpAddress& address, std::uint16_t port) const {
  FERRY_CHECK(check_firm(address, port));
  const auto opens = [&](const ExitAllow& allow) { return allow.covers(address, port); };
  if (std::any_of(rules_.allow.begin(), rules_.allow.end(), opens)) return {};

  if (const Bogon* bogon = find_bogon(address)) {
    return refuse(bogon->code, address.to_string() + " is in " + bogon->range.to_string() + " (" + std::string{bogon->name} +
                                   "), not on the public internet; the operator may open it with --exit-allow");
  }
  if (is_own(address)) {
    return refuse("exit_own_address",
                  address.to_string() + " is this relay's own address; the operator may open other ports of it with --exit-allow");
  }
  if (!has_port(port)) return refuse_port(port);
  return {};
}

bool ExitPolicy::is_own(const IpAddress& address) const { return is_this_machine(address) || holds(own_.addresses, address); }

bool ExitPolicy::has_port(std::uint16_t port) const { return holds(rules_.ports, port); }

}  // namespace ferry::relay::exit
