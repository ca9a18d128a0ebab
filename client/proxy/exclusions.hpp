#pragma once
// Exclusions: destinations that the user does not want to go through a relay, as patterns. Pure.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/base/ip.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/url.hpp"

namespace ferry::client {

struct Exclusion {
  /// All names below it, not the name itself.
  struct Below {
    std::string domain;
    friend bool operator==(const Below&, const Below&) = default;
  };
  std::variant<std::string, Below, base::Cidr> what;  ///< a name, names below one, addresses
  std::optional<std::uint16_t> port;                  ///< nullopt: any

  /// "example.org", "*.example.org" or ".example.org" (names below it), "192.0.2.7", "2001:db8::1", "10.0.0.0/8"; all but networks may end in
  /// ":port", IPv6 then in brackets. Refusal codes: "exclusion", those of base::Host and base::Cidr.
  static base::Result<Exclusion> parse(std::string_view text);
  bool covers(const base::Host& host, std::uint16_t port) const;
  friend bool operator==(const Exclusion&, const Exclusion&) = default;
};

class Exclusions {
 public:
  static constexpr std::size_t kMaxPatterns = 1024;

  /// Errors: those of Exclusion; refusal "exclusions_too_many".
  static base::Result<Exclusions> parse(std::span<const std::string> patterns);

  bool covers(const base::Host& host, std::uint16_t port) const;
  const std::vector<Exclusion>& all() const { return all_; }

 private:
  std::vector<Exclusion> all_;
};

}  // namespace ferry::client
