#include "relay/exit/bogons.hpp"

#include <algorithm>

namespace ferry::relay::exit {
namespace {

struct Row {
  std::string_view range;
  std::string_view code;
  std::string_view name;
};

constexpr Row kRows[] = {
    {"0.0.0.0/8", "exit_this_network", "this network"},
    {"10.0.0.0/8", "exit_private", "a private network"},
    {"100.64.0.0/10", "exit_shared_network", "a provider's shared network"},
    {"127.0.0.0/8", "exit_loopback", "loopback"},
    {"169.254.0.0/16", "exit_link_local", "the local link"},
    {"172.16.0.0/12", "exit_private", "a private network"},
    {"192.0.0.0/24", "exit_protocol_assignment", "protocol assignments"},
    {"192.0.2.0/24", "exit_documentation", "documentation"},
    {"192.88.99.0/24", "exit_6to4", "6to4 relays"},
    {"192.168.0.0/16", "exit_private", "a private network"},
    {"198.18.0.0/15", "exit_benchmarking", "benchmarking"},
    {"198.51.100.0/24", "exit_documentation", "documentation"},
    {"203.0.113.0/24", "exit_documentation", "documentation"},
    {"224.0.0.0/4", "exit_multicast", "multicast"},
    {"240.0.0.0/4", "exit_reserved", "reserved addresses"},
    {"::/128", "exit_unspecified", "the unspecified address"},
    {"::1/128", "exit_loopback", "loopback"},
    {"::/96", "exit_ipv4_compatible", "IPv4-compatible addresses"},
    {"::ffff:0:0:0/96", "exit_ipv4_translated", "IPv4-translated addresses"},
    {"64:ff9b:1::/48", "exit_local_nat64", "a local NAT64 prefix"},
    {"100::/64", "exit_discard", "the discard prefix"},
    {"2001::/23", "exit_protocol_assignment", "protocol assignments, Teredo among them"},
    {"2001:db8::/32", "exit_documentation", "documentation"},
    {"2002::/16", "exit_6to4", "6to4"},
    {"3fff::/20", "exit_documentation", "documentation"},
    {"fc00::/7", "exit_unique_local", "a private network"},
    {"fe80::/10", "exit_link_local", "the local link"},
    {"fec0::/10", "exit_site_local", "a private network"},
    {"ff00::/8", "exit_multicast", "multicast"},
    // Public addresses are handed out from 2000::/3 only.
    {"::/3", "exit_reserved", "reserved addresses"},
    {"4000::/2", "exit_reserved", "reserved addresses"},
    {"8000::/1", "exit_reserved", "reserved addresses"},
};

constexpr std::string_view kMetadataAddresses[] = {
    "169.254.169.254",  // AWS, Azure, Google, Oracle, DigitalOcean, OpenStack …
    "169.254.170.2",    // AWS ECS
    "169.254.170.23",   // AWS EKS
    "169.254.0.23",     // Tencent
    "169.254.42.42",    // Scaleway
    "100.100.100.200",  // Alibaba
    "168.63.129.16",    // Azure wire server: a public address
    "192.0.0.192",      // Oracle
    "fd00:ec2::254",    // AWS
    "fd00:ec2::23",     // AWS EKS
    "fd20:ce::254",     // Google
    "fd00:42::42",      // Scaleway
    "fe80::a9fe:a9fe",  // OpenStack
};

base::IpAddress v4_at(const base::IpAddress& address, std::size_t offset) {
  std::array<std::uint8_t, 4> bytes{};
  std::copy_n(address.data.begin() + static_cast<std::ptrdiff_t>(offset), bytes.size(), bytes.begin());
  return base::IpAddress::v4(bytes);
}

bool starts_with(const base::IpAddress& address, std::initializer_list<std::uint8_t> prefix) {
  return address.is_v6 && std::equal(prefix.begin(), prefix.end(), address.data.begin());
}

bool is_mapped(const base::IpAddress& address) { return starts_with(address, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}); }

bool is_compatible(const base::IpAddress& address) {
  const bool zero_front = starts_with(address, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  const bool unspecified_or_loopback =
      zero_front && address.data[12] == 0 && address.data[13] == 0 && address.data[14] == 0 && address.data[15] <= 1;
  return zero_front && !unspecified_or_loopback;
}

}  // namespace

const std::vector<Bogon>& bogons() {
  static const std::vector<Bogon> table = [] {
    std::vector<Bogon> rows;
    for (const Row& row : kRows) rows.push_back(Bogon{base::Cidr::parse(row.range).value(), row.code, row.name});
    return rows;
  }();
  return table;
}

const Bogon* find_bogon(const base::IpAddress& address) {
  const auto& table = bogons();
  const auto row = std::find_if(table.begin(), table.end(), [&](const Bogon& bogon) { return bogon.range.contains(address); });
  return row == table.end() ? nullptr : &*row;
}

const std::vector<base::IpAddress>& metadata_addresses() {
  static const std::vector<base::IpAddress> table = [] {
    std::vector<base::IpAddress> addresses;
    for (const std::string_view text : kMetadataAddresses) addresses.push_back(base::IpAddress::parse(text).value());
    return addresses;
  }();
  return table;
}

base::IpAddress unmapped(const base::IpAddress& address) {
  if (!address.is_v6) return v4_at(address, 0);  // whatever stands behind the four bytes must not matter
  return is_mapped(address) ? v4_at(address, 12) : address;
}

base::Cidr unmapped(const base::Cidr& range) {
  base::Cidr out = range;
  if (is_mapped(range.network) && range.prefix >= 96) out.prefix -= 96;
  if (!range.network.is_v6 || out.prefix != range.prefix) out.network = unmapped(range.network);
  for (std::size_t bit = static_cast<std::size_t>(out.prefix); bit < (out.network.is_v6 ? 128U : 32U); ++bit) {
    out.network.data[bit / 8] = static_cast<std::uint8_t>(out.network.data[bit / 8] & ~(0x80U >> (bit % 8)));
  }
  return out;
}

std::optional<base::IpAddress> carried_ipv4(const base::IpAddress& address) {
  if (is_nat64(address) || is_compatible(address)) return v4_at(address, 12);
  if (starts_with(address, {0x20, 0x02})) return v4_at(address, 2);
  return std::nullopt;
}

bool is_nat64(const base::IpAddress& address) { return starts_with(address, {0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}); }

}  // namespace ferry::relay::exit
