#include "relay/exit/special_names.hpp"

#include <algorithm>

namespace ferry::relay::exit {
namespace {

// RFC 6761, 6762 (with appendix G), 7686, 8375 and what operating systems and Kubernetes add.
constexpr std::string_view kLocal[] = {
    "corp",
    "home",
    "home.arpa",
    "internal",
    "intranet",
    "invalid",
    "ip6-localhost",
    "ip6-loopback",
    "kubernetes",
    "kubernetes.default",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "onion",
    "private",
    "svc",
};

constexpr std::string_view kMetadataDomains[] = {
    "instance-data",
    "instance-data.ec2.internal",
    "metadata",
    "metadata.azure.internal",
    "metadata.goog",
    "metadata.google.internal",
    "metadata.packet.net",
    "metadata.platformequinix.com",
    "metadata.tencentyun.com",
    "rancher-metadata",
};

}  // namespace

std::span<const std::string_view> local_domains() { return kLocal; }

std::span<const std::string_view> metadata_domains() { return kMetadataDomains; }

bool is_or_is_below(std::string_view name, std::string_view domain) {
  if (!name.ends_with(domain)) return false;
  return name.size() == domain.size() || name[name.size() - domain.size() - 1] == '.';
}

bool is_in(std::string_view name, std::span<const std::string_view> domains) {
  return std::any_of(domains.begin(), domains.end(), [&](std::string_view domain) { return is_or_is_below(name, domain); });
}

}  // namespace ferry::relay::exit
