#include "client/verify/wanted_level.hpp"

#include <string>

namespace ferry::client {

using content::VerificationLevel;

base::Result<WantedLevel> parse_wanted_level(std::string_view text) {
  if (text == "relay") return WantedLevel{};
  if (text == "origin-digest") return WantedLevel{VerificationLevel::origin_digest, 0, false};
  if (text == "content-address") return WantedLevel{VerificationLevel::content_address, 0, false};
  constexpr std::string_view kQuorum = "quorum=";
  constexpr std::string_view kOrRelay = ",relay";
  if (text.starts_with(kQuorum)) {
    auto count = text.substr(kQuorum.size());
    const bool or_relay = count.ends_with(kOrRelay);
    if (or_relay) count.remove_suffix(kOrRelay.size());
    const std::size_t relays = count.size() == 1 ? static_cast<std::size_t>(count[0] - '0') : 0;
    if (relays >= 2 && relays <= WantedLevel::kMostRelays) return WantedLevel{VerificationLevel::quorum, relays, or_relay};
  }
  return base::fail(base::refusal("verification_level", "the verification level '" + base::printable(text, 40) +
                                                            "' is not offered: use relay, quorum=2 (to 8), quorum=2,relay, origin-digest or content-address"));
}

}  // namespace ferry::client
