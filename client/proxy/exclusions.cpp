#include "client/proxy/exclusions.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "client/proxy/local_destinations.hpp"

namespace ferry::client {

using base::Result;

namespace {

base::Unexpected refused(std::string_view text, const char* why) {
  return base::fail(base::refusal("exclusion", "'" + base::printable(text, 80) + "' " + why +
                                                   ": write example.org, *.example.org, 10.0.0.0/8 or host:port"));
}

std::optional<std::uint16_t> read_port(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port == 0 || digits.front() == '0') return std::nullopt;
  return port;
}

base::Cidr only(const base::IpAddress& address) {
  const auto plain = unmapped(address);
  return {plain, plain.is_v6 ? 128 : 32};
}

}  // namespace

Result<Exclusion> Exclusion::parse(std::string_view text) {
  if (text.empty()) return refused(text, "names nothing");
  if (text.find('/') != std::string_view::npos) {
    FERRY_TRY(const auto network, base::Cidr::parse(text));
    return Exclusion{network, std::nullopt};
  }
  if (const auto address = base::IpAddress::parse(text)) return Exclusion{only(*address), std::nullopt};

  std::string_view host = text;
  std::optional<std::uint16_t> port;
  if (const auto colon = text.rfind(':'); colon != std::string_view::npos && text.back() != ']') {
    host = text.substr(0, colon);
    port = read_port(text.substr(colon + 1));
    if (!port) return refused(text, "ends in no port from 1 to 65535");
  }
  const bool is_below_it = host.starts_with("*.") || host.starts_with(".");
  if (is_below_it) host.remove_prefix(host.front() == '*' ? 2 : 1);
  if (host.empty()) return refused(text, "names no host");
  FERRY_TRY(const auto parsed, base::Host::parse(host));
  if (const auto* address = std::get_if<base::IpAddress>(&parsed.value)) {
    if (is_below_it) return refused(text, "is an address: there are no names below it");
    return Exclusion{only(*address), port};
  }
  const auto& name = std::get<std::string>(parsed.value);
  if (is_below_it) return Exclusion{Below{name}, port};
  return Exclusion{name, port};
}

bool Exclusion::covers(const base::Host& host, std::uint16_t to_port) const {
  if (port && *port != to_port) return false;
  if (const auto* network = std::get_if<base::Cidr>(&what)) {
    const auto* address = std::get_if<base::IpAddress>(&host.value);
    return address != nullptr && (network->contains(*address) || network->contains(unmapped(*address)));
  }
  const auto* name = std::get_if<std::string>(&host.value);
  if (name == nullptr) return false;
  if (const auto* below = std::get_if<Below>(&what)) return is_below(*name, below->domain);
  return *name == std::get<std::string>(what);
}

Result<Exclusions> Exclusions::parse(std::span<const std::string> patterns) {
  if (patterns.size() > kMaxPatterns) {
    return base::fail(base::refusal("exclusions_too_many", std::to_string(patterns.size()) + " hosts are left out of the proxy, at most " +
                                                               std::to_string(kMaxPatterns) + " can be: use *.example.org or 10.0.0.0/8"));
  }
  Exclusions exclusions;
  for (const auto& pattern : patterns) {
    FERRY_TRY(auto exclusion, Exclusion::parse(pattern));
    exclusions.all_.push_back(std::move(exclusion));
  }
  return exclusions;
}

bool Exclusions::covers(const base::Host& host, std::uint16_t port) const {
  return std::any_of(all_.begin(), all_.end(), [&](const Exclusion& exclusion) { return exclusion.covers(host, port); });
}

}  // namespace ferry::client
