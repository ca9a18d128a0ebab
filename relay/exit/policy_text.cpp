#include "relay/exit/policy_text.hpp"

#include <algorithm>
#include <tuple>

#include "relay/exit/bogons.hpp"
#include "relay/exit/special_names.hpp"

namespace ferry::relay::exit {
namespace {

auto sort_key(const base::Cidr& range) { return std::tuple(range.network, range.prefix); }

auto sort_key(const ExitAllow& allow) { return std::tuple(allow.range.network, allow.range.prefix, allow.port); }

template <typename List, typename Less>
void sort_unique(List& list, Less less) {
  std::sort(list.begin(), list.end(), less);
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

constexpr auto kBySortKey = [](const auto& a, const auto& b) { return sort_key(a) < sort_key(b); };

void add_line(std::string& out, std::string_view verb, std::string_view what) {
  out.append(verb).append(1, ' ').append(what).append(1, '\n');
}

}  // namespace

ExitRules canonical(ExitRules rules) {
  for (ExitAllow& allow : rules.allow) allow.range = unmapped(allow.range);
  for (base::Cidr& range : rules.deny) range = unmapped(range);
  sort_unique(rules.allow, kBySortKey);
  sort_unique(rules.deny, kBySortKey);
  sort_unique(rules.ports, std::less<>{});
  sort_unique(rules.deny_domains, std::less<>{});
  return rules;
}

std::string policy_text(const ExitRules& rules) {
  std::string out = "ferry exit policy 1\nscheme http\nscheme https\n";
  for (const std::string_view domain : metadata_domains()) add_line(out, "deny-metadata-domain", domain);
  for (const std::string_view domain : local_domains()) add_line(out, "deny-local-domain", domain);
  for (const std::string& domain : rules.deny_domains) add_line(out, "deny-domain", domain);
  out += "deny-own-ports\n";
  for (const base::Cidr& range : rules.deny) add_line(out, "deny", range.to_string());
  for (const base::IpAddress& address : metadata_addresses()) add_line(out, "deny-metadata", address.to_string());
  for (const ExitAllow& allow : rules.allow) add_line(out, "allow", allow.to_string());
  for (const Bogon& bogon : bogons()) add_line(out, "deny-" + std::string{bogon.code.substr(5)}, bogon.range.to_string());
  out += "deny-own-addresses\n";
  for (const std::uint16_t port : rules.ports) add_line(out, "port", std::to_string(port));
  return out;
}

}  // namespace ferry::relay::exit
