#include "protocol/base/ip.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace ferry::base {
namespace {

constexpr std::size_t kMaxText = 45;  // "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"
constexpr int kBitsV4 = 32;
constexpr int kBitsV6 = 128;

/// Digits without sign or leading zeros, at most `max`.
std::optional<int> small_number(std::string_view text, int max) {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value <= max ? std::optional{value} : std::nullopt;
}

std::optional<IpAddress> parse_v4(std::string_view text) {
  std::array<std::uint8_t, 4> bytes{};
  for (std::size_t part = 0; part < bytes.size(); ++part) {
    const std::size_t point = part + 1 < bytes.size() ? text.find('.') : text.size();
    if (point == std::string_view::npos) return std::nullopt;
    const auto value = small_number(text.substr(0, point), 255);
    if (!value) return std::nullopt;
    bytes[part] = static_cast<std::uint8_t>(*value);
    text.remove_prefix(std::min(point + 1, text.size()));
  }
  return IpAddress::v4(bytes);
}

std::optional<IpAddress> parse_v6(std::string_view text) {
  if (text.size() > kMaxText || text.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET6, std::string{text}.c_str(), bytes.data()) != 1) return std::nullopt;
  return IpAddress::v6(bytes);
}

struct Run {
  std::size_t start = 0;
  std::size_t length = 0;
};

/// The first of the longest runs of at least two zero groups: what "::" stands for.
Run longest_zero_run(const std::array<unsigned, 8>& groups) {
  Run best;
  Run current;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i] != 0) {
      current = Run{};
      continue;
    }
    if (current.length++ == 0) current.start = i;
    if (current.length > best.length) best = current;
  }
  return best.length >= 2 ? best : Run{};
}

std::string hex_group(unsigned group) {
  const std::string digits = to_hex(std::array{static_cast<std::uint8_t>(group >> 8U), static_cast<std::uint8_t>(group & 0xffU)});
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size() - 1));
}

std::string format_v4(const std::uint8_t* bytes) {
  std::string out = std::to_string(bytes[0]);
  for (std::size_t i = 1; i < 4; ++i) out.append(1, '.').append(std::to_string(bytes[i]));
  return out;
}

std::string format_v6(const std::array<std::uint8_t, 16>& bytes) {
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < groups.size(); ++i) groups[i] = bytes[2 * i] * 256U + bytes[2 * i + 1];
  const Run zeros = longest_zero_run(groups);
  if (zeros.start == 0 && zeros.length == 5 && groups[5] == 0xffff) return "::ffff:" + format_v4(bytes.data() + 12);

  std::string out;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (zeros.length > 0 && i == zeros.start) {
      out += "::";
      i += zeros.length - 1;
      continue;
    }
    if (!out.empty() && out.back() != ':') out += ':';
    out += hex_group(groups[i]);
  }
  return out;
}

int bits_of(const IpAddress& address) { return address.is_v6 ? kBitsV6 : kBitsV4; }

/// The byte at `index` of a netmask with `prefix` leading ones.
std::uint8_t mask_byte(int prefix, std::size_t index) {
  const int ones = std::clamp(prefix - static_cast<int>(index) * 8, 0, 8);
  return static_cast<std::uint8_t>(0xff00U >> static_cast<unsigned>(ones));
}

}  // namespace

IpAddress IpAddress::v4(std::array<std::uint8_t, 4> bytes) {
  IpAddress out;
  std::copy(bytes.begin(), bytes.end(), out.data.begin());
  return out;
}

IpAddress IpAddress::v6(std::array<std::uint8_t, 16> bytes) { return IpAddress{true, bytes}; }

Result<IpAddress> IpAddress::parse(std::string_view text) {
  const auto address = text.find(':') == std::string_view::npos ? parse_v4(text) : parse_v6(text);
  if (!address) return fail(refusal("ip_text", "'" + printable(text, 60) + "' is not an IP address; write 192.0.2.1 or 2001:db8::1"));
  return *address;
}

std::string IpAddress::to_string() const { return is_v6 ? format_v6(data) : format_v4(data.data()); }

Result<Cidr> Cidr::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  FERRY_TRY(const IpAddress network, IpAddress::parse(text.substr(0, slash)));
  const int bits = bits_of(network);
  const auto prefix = slash == std::string_view::npos ? std::optional{bits} : small_number(text.substr(slash + 1), bits);
  if (!prefix) {
    return fail(refusal("cidr_prefix", "the prefix of '" + printable(text, 60) + "' must be a number from 0 to " + std::to_string(bits)));
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(bits / 8); ++i) {
    if ((network.data[i] & ~mask_byte(*prefix, i)) != 0) {
      return fail(
          refusal("cidr_host_bits", "'" + printable(text, 60) + "' names a host, not a network: bits after the prefix must be zero"));
    }
  }
  return Cidr{network, *prefix};
}

bool Cidr::contains(const IpAddress& address) const {
  if (address.is_v6 != network.is_v6) return false;
  for (std::size_t i = 0; i < network.data.size(); ++i) {
    if (((network.data[i] ^ address.data[i]) & mask_byte(prefix, i)) != 0) return false;
  }
  return true;
}

std::string Cidr::to_string() const { return network.to_string() + "/" + std::to_string(prefix); }

}  // namespace ferry::base
