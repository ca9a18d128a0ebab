#pragma once
// RelayReference: what names a relay to a person: ferry://0xADDRESS@host:port. The address is who must answer, host and port are only where.

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/base/address.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/url.hpp"

namespace ferry::client {

struct RelayReference {
  static constexpr std::size_t kMaxLength = 256;

  base::Address relay;
  base::Host host;
  std::uint16_t port = 0;

  /// Accepts an address as base::Address does and a host as base::Host does. Refusals "relay_reference" and those of both.
  static base::Result<RelayReference> parse(std::string_view text);
  /// One text for one reference.
  std::string to_string() const;

  friend bool operator==(const RelayReference&, const RelayReference&) = default;
};

}  // namespace ferry::client
