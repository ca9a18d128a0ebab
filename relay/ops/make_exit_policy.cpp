#include "relay/ops/make_exit_policy.hpp"

#include <utility>

#include "relay/exit/own_addresses.hpp"

namespace ferry::relay {

base::Result<exit::ExitPolicy> make_exit_policy(const RelaySettings& settings, std::vector<std::uint16_t> own_ports) {
  exit::ExitRules rules;
  for (const auto& text : settings.exit_allow) {
    FERRY_TRY(auto rule, exit::parse_exit_allow(text));
    rules.allow.push_back(std::move(rule));
  }
  for (const auto& text : settings.exit_deny) {
    FERRY_TRY(const auto range, exit::parse_exit_deny(text));
    rules.deny.push_back(range);
  }
  for (const auto& text : settings.exit_deny_domains) {
    FERRY_TRY(auto domain, exit::parse_deny_domain(text));
    rules.deny_domains.push_back(std::move(domain));
  }
  rules.ports = settings.exit_ports;

  exit::OwnEndpoints own;
  FERRY_TRY(own.addresses, exit::interface_addresses());
  for (const auto& text : settings.public_addresses) {
    FERRY_TRY(const auto address, base::IpAddress::parse(text));
    own.addresses.push_back(address);
  }
  own.ports = std::move(own_ports);
  return exit::ExitPolicy::make(std::move(rules), std::move(own));
}

}  // namespace ferry::relay
