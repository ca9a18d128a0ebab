#include "relay/exit/exit_rules.hpp"

#include "protocol/base/url.hpp"
#include "relay/exit/bogons.hpp"

namespace ferry::relay::exit {
namespace {

base::Unexpected bad_allow(std::string_view text, const std::string& why) {
  return base::fail(base::refusal("exit_rule_allow", "--exit-allow '" + base::printable(text, 60) + "' " + why +
                                                         ": write CIDR, CIDR:PORT or [IPV6-CIDR]:PORT"));
}

/// 1 to 65535 without sign or leading zeros.
std::optional<std::uint16_t> parse_port(std::string_view text) {
  if (text.empty() || text.size() > 5 || text.front() == '0') return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint32_t>(c - '0');
  }
  if (value > 65'535) return std::nullopt;
  return static_cast<std::uint16_t>(value);
}

struct Parts {
  std::string_view range;
  std::optional<std::string_view> port;
};

/// A single colon separates a port from an IPv4 range; an IPv6 range needs brackets for that.
std::optional<Parts> split(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view rest = text.substr(close + 1);
    if (rest.empty()) return Parts{text.substr(1, close - 1), std::nullopt};
    if (rest.front() != ':') return std::nullopt;
    return Parts{text.substr(1, close - 1), rest.substr(1)};
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos) return Parts{text, std::nullopt};
  return Parts{text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace

bool ExitAllow::covers(const base::IpAddress& address, std::uint16_t to_port) const {
  return (!port || *port == to_port) && range.contains(address);
}

std::string ExitAllow::to_string() const {
  if (!port) return range.to_string();
  const std::string text = range.network.is_v6 ? "[" + range.to_string() + "]" : range.to_string();
  return text + ":" + std::to_string(*port);
}

base::Result<ExitAllow> parse_exit_allow(std::string_view text) {
  const auto parts = split(text);
  if (!parts) return bad_allow(text, "has brackets that do not match");
  const auto range = base::Cidr::parse(parts->range);
  if (!range) return bad_allow(text, "is not a range (" + range.error().message + ")");
  if (!parts->port) return ExitAllow{unmapped(*range), std::nullopt};
  const auto port = parse_port(*parts->port);
  if (!port) return bad_allow(text, "has a port that is not a number from 1 to 65535");
  return ExitAllow{unmapped(*range), *port};
}

base::Result<base::Cidr> parse_exit_deny(std::string_view text) {
  const auto range = base::Cidr::parse(text);
  if (!range) return base::fail(base::refusal("exit_rule_deny", "--exit-deny needs a CIDR or an address: " + range.error().message));
  return unmapped(*range);
}

base::Result<std::string> parse_deny_domain(std::string_view text) {
  std::string_view name = text;
  if (name.starts_with("*")) name.remove_prefix(1);
  if (name.starts_with(".")) name.remove_prefix(1);
  const auto host = base::Host::parse(name);
  if (!host || host->is_address()) {
    return base::fail(base::refusal("exit_rule_domain", "'" + base::printable(text, 80) +
                                                            "' is not a domain to deny: write example.org; addresses belong to --exit-deny"));
  }
  return std::get<std::string>(host->value);
}

}  // namespace ferry::relay::exit
