#include "client/front/destination.hpp"

#include <algorithm>

namespace ferry::client {

namespace {

std::optional<std::uint16_t> parse_port(std::string_view digits) {
  constexpr std::size_t kMaxDigits = 5;
  if (digits.empty() || digits.size() > kMaxDigits) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint32_t>(c - '0');
  }
  if (value == 0 || value > 65'535) return std::nullopt;
  return static_cast<std::uint16_t>(value);
}

}  // namespace

base::Result<Destination> parse_destination(std::string_view text, std::optional<std::uint16_t> default_port) {
  const auto bracket = text.starts_with('[') ? std::min(text.find(']'), text.size()) : 0;
  const auto colon = text.find(':', bracket);
  FERRY_TRY(auto host, base::Host::parse(text.substr(0, colon)));
  const auto digits = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  const auto port = digits.empty() ? default_port : parse_port(digits);
  if (!port) {
    return base::fail(base::refusal("destination_port", "'" + base::printable(text, 80) + "' names no port from 1 to 65535; write host:port"));
  }
  return Destination{std::move(host), *port};
}

}  // namespace ferry::client
