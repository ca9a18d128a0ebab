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

namespace {

/// The policy judges addresses here; any port that it has open would do.
constexpr std::uint16_t kJudgedPort = 443;
constexpr std::uint16_t kFirstFreePort = 1024;

}  // namespace

base::Result<exit::ExitPolicy> make_probe_policy(const RelaySettings& settings) {
  RelaySettings probing = settings;
  probing.exit_ports = {kJudgedPort};
  return make_exit_policy(probing, {});
}

bool may_probe(const exit::ExitPolicy& probe_policy, const base::IpAddress& address, std::uint16_t port) {
  return (port == kJudgedPort || port >= kFirstFreePort) && probe_policy.check_address(address, kJudgedPort).has_value();
}

}  // namespace ferry::relay
