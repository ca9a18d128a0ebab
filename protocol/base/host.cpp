#include <algorithm>
#include <vector>

#include "protocol/base/ascii.hpp"
#include "protocol/base/url.hpp"

// The host parser of the WHATWG URL standard, without IDNA: names must already be ASCII.

namespace ferry::base {
namespace {

constexpr std::size_t kMaxName = 253;
constexpr std::size_t kMaxLabel = 63;
constexpr std::uint64_t kMaxV4 = 0xffffffffULL;

Unexpected refused_host(const char* code, std::string_view text, const char* why) {
  return fail(refusal(code, "the host '" + printable(text, 80) + "' " + why));
}

std::vector<std::string_view> labels_of(std::string_view name) {
  std::vector<std::string_view> labels;
  while (true) {
    const std::size_t point = name.find('.');
    labels.push_back(name.substr(0, point));
    if (point == std::string_view::npos) return labels;
    name.remove_prefix(point + 1);
  }
}

int digit_value(char c) {
  if (is_digit(c)) return c - '0';
  return is_letter(c) ? lower_case(c) - 'a' + 10 : 99;
}

/// Decimal, octal with a leading 0 or hexadecimal with 0x (and "0x" alone is zero). Values that no address can hold stay just too large.
std::optional<std::uint64_t> parse_part(std::string_view part) {
  if (part.empty()) return std::nullopt;
  unsigned base = 10;
  if (part.size() >= 2 && part[0] == '0' && lower_case(part[1]) == 'x') {
    base = 16;
    part.remove_prefix(2);
  } else if (part.size() >= 2 && part[0] == '0') {
    base = 8;
    part.remove_prefix(1);
  }
  std::uint64_t value = 0;
  for (const char c : part) {
    const int digit = digit_value(c);
    if (digit >= static_cast<int>(base)) return std::nullopt;
    value = std::min(value * base + static_cast<std::uint64_t>(digit), kMaxV4 + 1);
  }
  return value;
}

bool looks_numeric(std::string_view last_label) {
  if (last_label.empty()) return false;
  return std::all_of(last_label.begin(), last_label.end(), is_digit) || parse_part(last_label).has_value();
}

/// One to four parts; the last one fills all bytes that are left.
std::optional<IpAddress> parse_numeric(const std::vector<std::string_view>& parts) {
  if (parts.size() > 4) return std::nullopt;
  std::uint64_t address = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto value = parse_part(parts[i]);
    const bool is_last = i + 1 == parts.size();
    const std::uint64_t limit = is_last ? kMaxV4 >> (8 * i) : 0xffU;
    if (!value || *value > limit) return std::nullopt;
    address |= is_last ? *value : *value << (8 * (3 - i));
  }
  const auto byte = [address](unsigned shift) { return static_cast<std::uint8_t>((address >> shift) & 0xffU); };
  return IpAddress::v4({byte(24), byte(16), byte(8), byte(0)});
}

Result<Host> parse_bracketed(std::string_view text) {
  if (text.back() != ']') return refused_host("host_ipv6", text, "opens a bracket and does not close it");
  const std::string_view inside = text.substr(1, text.size() - 2);
  if (inside.find('%') != std::string_view::npos) {
    return refused_host("host_zone_id", text, "has a zone id, which means something on one machine only");
  }
  const auto address = IpAddress::parse(inside);
  if (!address || !address->is_v6) return refused_host("host_ipv6", text, "is not an IPv6 address in brackets");
  return Host{*address};
}

}  // namespace

std::string Host::to_string() const {
  const auto* address = std::get_if<IpAddress>(&value);
  if (address == nullptr) return std::get<std::string>(value);
  return address->is_v6 ? "[" + address->to_string() + "]" : address->to_string();
}

Result<Host> Host::parse(std::string_view text) {
  if (text.empty()) return fail(refusal("host_empty", "the URL names no host"));
  if (text.front() == '[') return parse_bracketed(text);
  const bool plain =
      std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_'; });
  if (!plain) {
    return refused_host("host_character", text, "holds more than letters, digits, '-', '_' and '.'; write names of other scripts as xn--");
  }

  std::string name{text};
  std::transform(name.begin(), name.end(), name.begin(), lower_case);
  if (name.back() == '.') name.pop_back();
  if (name.empty()) return fail(refusal("host_empty", "the URL names no host"));
  if (name.size() > kMaxName) return refused_host("host_too_long", text, "is longer than 253 bytes");

  const auto labels = labels_of(name);
  if (looks_numeric(labels.back())) {
    const auto address = parse_numeric(labels);
    if (!address) return refused_host("host_number", text, "ends in a number but is not an IPv4 address");
    return Host{*address};
  }
  for (const std::string_view label : labels) {
    if (label.empty() || label.size() > kMaxLabel) return refused_host("host_label", text, "has a label that is empty or longer than 63 bytes");
  }
  return Host{std::move(name)};
}

}  // namespace ferry::base
