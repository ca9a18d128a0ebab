#include "client/transport/relay_reference.hpp"

#include <charconv>
#include <utility>

namespace ferry::client {

namespace {

base::Unexpected refuse(const std::string& why) {
  return base::fail(base::refusal("relay_reference", why + "; a relay is written ferry://0xADDRESS@host:port"));
}

}  // namespace

base::Result<RelayReference> RelayReference::parse(std::string_view text) {
  constexpr std::string_view kScheme = "ferry://";
  if (text.size() > kMaxLength) return refuse("the relay reference is too long");
  const std::string shown = "'" + base::printable(text) + "'";
  if (!text.starts_with(kScheme)) return refuse(shown + " does not begin with ferry://");
  text.remove_prefix(kScheme.size());
  if (text.ends_with('/')) text.remove_suffix(1);
  const auto at = text.find('@');
  if (at == std::string_view::npos) return refuse(shown + " does not name the relay's address");
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon < at) return refuse(shown + " has no port");

  RelayReference reference;
  FERRY_TRY(reference.relay, base::Address::parse(text.substr(0, at)));
  FERRY_TRY(reference.host, base::Host::parse(text.substr(at + 1, colon - at - 1)));
  const auto digits = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), reference.port);
  if (error != std::errc{} || end != digits.data() + digits.size() || reference.port == 0) return refuse(shown + " has no valid port");
  return reference;
}

std::string RelayReference::to_string() const {
  return "ferry://" + relay.to_eip55() + "@" + host.to_string() + ":" + std::to_string(port);
}

}  // namespace ferry::client
