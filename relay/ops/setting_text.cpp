#include "relay/ops/setting_text.hpp"

#include <array>
#include <charconv>
#include <utility>

#include "protocol/base/ip.hpp"

namespace ferry::relay {

using base::Result;

namespace {

base::Unexpected expected(const std::string& what, std::string_view got) {
  return base::fail(base::refusal("setting", what + " is expected, not \"" + base::printable(got, 80) + "\""));
}

Result<std::uint64_t> parse_digits(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return expected("a whole number", text);
  return value;
}

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<Unit, 9> kByteUnits{{{"TiB", std::uint64_t{1} << 40U},
                                          {"GiB", std::uint64_t{1} << 30U},
                                          {"MiB", std::uint64_t{1} << 20U},
                                          {"KiB", std::uint64_t{1} << 10U},
                                          {"T", std::uint64_t{1} << 40U},
                                          {"G", std::uint64_t{1} << 30U},
                                          {"M", std::uint64_t{1} << 20U},
                                          {"K", std::uint64_t{1} << 10U},
                                          {"", 1}}};
constexpr std::array<Unit, 5> kTimeUnits{{{"d", 86'400}, {"h", 3'600}, {"m", 60}, {"s", 1}, {"", 1}}};

/// `text` as a number of the first unit that it ends with.
template <std::size_t N>
Result<std::uint64_t> parse_units(std::string_view text, const std::array<Unit, N>& units, const std::string& what, std::uint64_t max) {
  for (const auto& unit : units) {
    if (!text.ends_with(unit.name)) continue;
    const auto count = parse_digits(text.substr(0, text.size() - unit.name.size()));
    if (!count || *count > max / unit.factor) break;
    return *count * unit.factor;
  }
  return expected(what, text);
}

/// The text of `value` in the largest unit that divides it.
template <std::size_t N>
std::string units_text(std::uint64_t value, const std::array<Unit, N>& units) {
  for (const auto& unit : units) {
    if (value >= unit.factor && value % unit.factor == 0) return std::to_string(value / unit.factor) + std::string(unit.name);
  }
  return "0";
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
  static const std::string kForm = "a numeric address and a port, such as 127.0.0.1:8443 or [::1]:8443,";
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return expected(kForm, text);
  auto host = text.substr(0, colon);
  const auto port = parse_digits(text.substr(colon + 1));
  if (!port || *port > 65'535) return expected(kForm, text);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  const auto address = base::IpAddress::parse(host);
  if (!address || address->is_v6 != bracketed) return expected(kForm, text);
  return Endpoint{address->to_string(), static_cast<std::uint16_t>(*port)};
}

Result<Endpoint> parse_host_and_port(std::string_view text) {
  static const std::string kForm = "a host and a port, such as dht.example.org:6881 or [::1]:6881,";
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return expected(kForm, text);
  const auto host = base::Host::parse(text.substr(0, colon));
  const auto port = parse_digits(text.substr(colon + 1));
  if (!host || !port || *port == 0 || *port > 65'535) return expected(kForm, text);
  const auto* address = std::get_if<base::IpAddress>(&host->value);
  return Endpoint{address == nullptr ? host->to_string() : address->to_string(), static_cast<std::uint16_t>(*port)};
}

std::string to_text(const Endpoint& endpoint) {
  const bool v6 = endpoint.host.find(':') != std::string::npos;
  return (v6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

Result<std::uint64_t> parse_bytes(std::string_view text) {
  return parse_units(text, kByteUnits, "a number of bytes, such as 268435456, 256MiB or 10GiB,", UINT64_MAX);
}

std::string bytes_text(std::uint64_t bytes) { return units_text(bytes, kByteUnits); }

Result<std::chrono::seconds> parse_duration(std::string_view text) {
  constexpr std::uint64_t kTenYears = 3'653ULL * 86'400;
  FERRY_TRY(const auto seconds, parse_units(text, kTimeUnits, "a time such as 30s, 10m, 24h or 7d", kTenYears));
  return std::chrono::seconds{static_cast<std::int64_t>(seconds)};
}

std::string duration_text(std::chrono::seconds duration) {
  return duration.count() == 0 ? "0s" : units_text(static_cast<std::uint64_t>(duration.count()), kTimeUnits);
}

Result<std::uint64_t> parse_count(std::string_view text, std::uint64_t min, std::uint64_t max) {
  const auto count = parse_digits(text);
  if (count && *count >= min && *count <= max) return *count;
  return expected("a whole number from " + std::to_string(min) + " to " + std::to_string(max), text);
}

Result<bool> parse_switch(std::string_view text) {
  for (const auto* yes : {"true", "1", "yes", "on"}) {
    if (text == yes) return true;
  }
  for (const auto* no : {"false", "0", "no", "off"}) {
    if (text == no) return false;
  }
  return expected("true or false", text);
}

}  // namespace ferry::relay
