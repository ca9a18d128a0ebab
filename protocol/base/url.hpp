#pragma once
// The http(s) URLs that Ferry accepts, parsed strictly after the WHATWG URL standard's host rules: every way to write an IPv4 address
// (octal, hex, short, decimal) ends as the same numeric address, so that a policy can never be talked around by spelling.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/base/ip.hpp"
#include "protocol/base/result.hpp"

namespace ferry::base {

/// A host: a lower-case ASCII DNS name without trailing dot (IDNA names must come as "xn--"), or a numeric address.
struct Host {
  std::variant<std::string, IpAddress> value;

  bool is_address() const { return std::holds_alternative<IpAddress>(value); }
  /// As it stands in a URL or Host header: IPv6 in brackets.
  std::string to_string() const;

  /// Refusal codes: "host_empty", "host_too_long", "host_label", "host_character", "host_number" (looks numeric but is not an IPv4
  /// address), "host_zone_id", "host_ipv6".
  static Result<Host> parse(std::string_view text);

  friend bool operator==(const Host&, const Host&) = default;
};

struct Url {
  std::string scheme;  ///< "http" or "https"
  Host host;
  std::uint16_t port = 0;      ///< the scheme's default when not written
  std::string path_and_query;  ///< starts with '/', no fragment, printable ASCII

  static constexpr std::size_t kMaxLength = 8192;

  /// Dot segments are removed and what the standard encodes in a path or query is percent-encoded.
  /// Refusal codes: "url_too_long", "url_character" (controls, spaces, non-ASCII, a backslash before the query),
  /// "url_scheme" (not http/https), "url_userinfo", "url_port", and those of Host.
  static Result<Url> parse(std::string_view text);
  /// A Location header relative to this URL (absolute, scheme-relative, absolute-path or relative-path). Errors as parse().
  Result<Url> resolve(std::string_view reference) const;

  bool has_default_port() const;
  /// Canonical text: default port left out, host in canonical form. Two spellings of one URL give one text.
  std::string to_string() const;
  /// "host" or "host:port" for the Host header.
  std::string authority() const;

  friend bool operator==(const Url&, const Url&) = default;
};

}  // namespace ferry::base
