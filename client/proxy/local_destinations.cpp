#include "client/proxy/local_destinations.hpp"

#include <algorithm>
#include <vector>

namespace ferry::client {

namespace {

constexpr std::string_view kNetworks[] = {"0.0.0.0/8",      "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
                                          "192.168.0.0/16", "::/128",     "::1/128",       "fc00::/7",    "fe80::/10",      "fec0::/10"};

// RFC 6761, 6762 (with appendix G), 8375, and "internal", which ICANN keeps for this.
constexpr std::string_view kDomains[] = {"corp", "home", "home.arpa", "internal", "intranet", "lan", "local", "localdomain", "localhost", "private"};

}  // namespace

std::span<const base::Cidr> local_networks() {
  static const std::vector<base::Cidr> table = [] {
    std::vector<base::Cidr> rows;
    for (const auto text : kNetworks) rows.push_back(base::Cidr::parse(text).value());
    return rows;
  }();
  return table;
}

std::span<const std::string_view> local_domains() { return kDomains; }

base::IpAddress unmapped(const base::IpAddress& address) {
  static const auto mapped = base::Cidr::parse("::ffff:0:0/96").value();
  if (!mapped.contains(address)) return address;
  return base::IpAddress::v4({address.data[12], address.data[13], address.data[14], address.data[15]});
}

bool is_below(std::string_view name, std::string_view domain) {
  return name.size() > domain.size() && name.ends_with(domain) && name[name.size() - domain.size() - 1] == '.';
}

bool is_local(const base::Host& host) {
  if (const auto* address = std::get_if<base::IpAddress>(&host.value)) {
    const auto networks = local_networks();
    return std::any_of(networks.begin(), networks.end(), [plain = unmapped(*address)](const auto& network) { return network.contains(plain); });
  }
  const auto& name = std::get<std::string>(host.value);
  if (name == kFerryHost) return false;
  if (name.find('.') == std::string::npos) return true;
  return std::any_of(std::begin(kDomains), std::end(kDomains), [&](auto domain) { return name == domain || is_below(name, domain); });
}

}  // namespace ferry::client
