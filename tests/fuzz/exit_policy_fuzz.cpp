// Text of a URL, as a client sends it, and of the operator's rules. Whatever a relay with default rules accepts as a literal address
// must be public in the eyes of a judge that shares no code with it: libc reads the text, and plain comparisons of numbers decide.

#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "relay/exit/exit_policy.hpp"
#include "tests/fuzz/require.hpp"

namespace {

using namespace ferry;
using namespace ferry::relay::exit;
using fuzz::require;

bool is_public_v4(std::uint32_t a) {
  struct Span {
    std::uint32_t first, last;
  };
  constexpr Span kForbidden[] = {
      {0x00000000, 0x00ffffff}, {0x0a000000, 0x0affffff}, {0x64400000, 0x647fffff}, {0x7f000000, 0x7fffffff}, {0xa9fe0000, 0xa9feffff},
      {0xac100000, 0xac1fffff}, {0xc0000000, 0xc00000ff}, {0xc0000200, 0xc00002ff}, {0xc0586300, 0xc05863ff}, {0xc0a80000, 0xc0a8ffff},
      {0xc6120000, 0xc613ffff}, {0xc6336400, 0xc63364ff}, {0xcb007100, 0xcb0071ff}, {0xe0000000, 0xffffffff}, {0xa83f8110, 0xa83f8110},
      {0x5db8d70e, 0x5db8d70e},  // the relay's own address below
  };
  for (const Span& span : kForbidden) {
    if (a >= span.first && a <= span.last) return false;
  }
  return true;
}

std::uint32_t v4_in(const in6_addr& address, std::size_t offset) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = (value << 8U) | address.s6_addr[offset + i];
  return value;
}

bool is_public_v6(const in6_addr& address) {
  const std::uint32_t w0 = v4_in(address, 0);
  const std::uint32_t w1 = v4_in(address, 4);
  const std::uint32_t w2 = v4_in(address, 8);
  const std::uint32_t w3 = v4_in(address, 12);
  if (w0 == 0 && w1 == 0 && w2 == 0x0000ffff) return is_public_v4(w3);
  if (w0 == 0x0064ff9b && w1 == 0 && w2 == 0) return is_public_v4(w3);
  const bool global_unicast = (w0 >> 29U) == 1;
  const bool special = w0 <= 0x200101ff ? w0 >= 0x20010000 : (w0 == 0x20010db8 || (w0 >> 16U) == 0x2002 || (w0 >> 12U) == 0x3fff0);
  return global_unicast && !special;
}

/// By libc's reading of the host, which knows every old way to write an IPv4 address.
bool is_public_literal(const std::string& host) {
  if (host.front() == '[') {
    in6_addr v6{};
    return inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &v6) == 1 && is_public_v6(v6);
  }
  in_addr v4{};
  return inet_aton(host.c_str(), &v4) == 1 && is_public_v4(ntohl(v4.s_addr));
}

const ExitPolicy& default_policy() {
  static const ExitPolicy policy = ExitPolicy::make({}, {{base::IpAddress::v4({0x5d, 0xb8, 0xd7, 0x0e})}, {40123}}).value();
  return policy;
}

void check_url_text(std::string_view text) {
  const auto url = base::Url::parse(text);
  if (!url) return;
  const auto verdict = default_policy().check_url(*url);
  if (!verdict) {
    require(verdict.error().kind == base::ErrorKind::refusal, "a refusal has its kind");
    require(verdict.error().code.starts_with("exit_"), "a refusal has its code");
    require(!verdict.error().message.empty() && verdict.error().message.size() < 500, "a refusal has a bounded message");
    return;
  }
  const std::string host = url->host.to_string();
  require(url->port == 80 || url->port == 443, "only default ports");
  require(base::Url::parse(url->to_string()) == *url, "an accepted URL is canonical");
  in_addr unused{};
  if (url->host.is_address()) {
    require(is_public_literal(host), "an accepted literal is public");
  } else {
    require(inet_aton(host.c_str(), &unused) == 0, "an accepted name is no number to libc");
    require(host != "localhost" && !host.ends_with(".localhost"), "an accepted name is not localhost");
  }
}

/// The first bytes as an address, without any text.
void check_raw_address(const std::uint8_t* data, std::size_t size) {
  if (size < 16) return;
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), data, bytes.size());
  const auto address = base::IpAddress::v6(bytes);
  in6_addr raw{};
  std::memcpy(&raw, data, sizeof(raw));
  if (default_policy().check_address(address, 443)) require(is_public_v6(raw), "an accepted address is public");
}

void check_rule_text(std::string_view text) {
  if (const auto allow = parse_exit_allow(text)) {
    require(parse_exit_allow(allow->to_string()) == *allow, "an allow survives its own text");
    ExitRules rules;
    rules.allow = {*allow};
    const auto policy = ExitPolicy::make(rules, {{}, {40123}}).value();
    require(!policy.check_address(base::IpAddress::v4({127, 0, 0, 1}), 40123), "no allow opens the relay's own port");
    const auto metadata = base::IpAddress::v4({169, 254, 169, 254});
    require(allow->range.prefix == 32 || !policy.check_address(metadata, 80), "no range opens metadata");
  }
  if (const auto domain = parse_deny_domain(text)) require(parse_deny_domain(*domain) == *domain, "a domain survives its own text");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  check_url_text(text);
  check_rule_text(text);
  check_raw_address(data, size);
  return 0;
}
