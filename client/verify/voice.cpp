#include "client/verify/voice.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace ferry::client {

namespace {

constexpr std::size_t kPrefixBytesV4 = 3;
constexpr std::size_t kPrefixBytesV6 = 6;

/// ::ffff:a.b.c.d is a.b.c.d.
base::IpAddress unmapped(const base::IpAddress& address) {
  constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (!address.is_v6 || !std::equal(kMapped.begin(), kMapped.end(), address.data.begin())) return address;
  return base::IpAddress::v4({address.data[12], address.data[13], address.data[14], address.data[15]});
}

bool is_everywhere(const base::IpAddress& address) {
  constexpr std::array<std::string_view, 10> kLocal{"0.0.0.0/8",  "10.0.0.0/8",    "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
                                                    "172.16.0.0/12", "192.168.0.0/16", "::1",       "fc00::/7",    "fe80::/10"};
  return std::any_of(kLocal.begin(), kLocal.end(), [&address](std::string_view text) {
    const auto cidr = base::Cidr::parse(text);
    return cidr && cidr->contains(address);
  });
}

}  // namespace

std::string network_of(const base::IpAddress& given) {
  auto address = unmapped(given);
  if (is_everywhere(address)) return {};
  const std::size_t kept = address.is_v6 ? kPrefixBytesV6 : kPrefixBytesV4;
  std::fill(address.data.begin() + static_cast<std::ptrdiff_t>(kept), address.data.end(), std::uint8_t{0});
  return address.to_string() + "/" + std::to_string(kept * 8);
}

content::Voice voice_of(const Relay& relay) {
  const auto* session = relay.session();
  const auto peer = session->peer();
  return {relay.address(), session->welcome().receiver.to_eip55(), peer ? network_of(*peer) : std::string()};
}

}  // namespace ferry::client
