#include "client/verify/wanted_level.hpp"

#include <string>

namespace ferry::client {

using content::VerificationLevel;

base::Result<WantedLevel> parse_wanted_level(std::string_view text) {
  if (text == "relay") return WantedLevel{};
  if (text == "origin-digest") return WantedLevel{VerificationLevel::origin_digest};
  if (text == "content-address") return WantedLevel{VerificationLevel::content_address};
  constexpr std::string_view kQuorum = "quorum=";
  if (text.starts_with(kQuorum)) {
    const auto rest = text.substr(kQuorum.size());
    const auto comma = rest.find(',');
    const auto count = rest.substr(0, comma);
    const auto otherwise = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma);
    const std::size_t relays = count.size() == 1 ? static_cast<std::size_t>(count[0] - '0') : 0;
    const bool is_offered = otherwise.empty() || otherwise == ",relay" || otherwise == ",tunnel";
    if (relays >= 2 && relays <= WantedLevel::kMostRelays && is_offered) {
      return WantedLevel{VerificationLevel::quorum, relays, otherwise == ",relay", otherwise == ",tunnel"};
    }
  }
  return base::fail(base::refusal("verification_level", "the verification level '" + base::printable(text, 40) +
                                                            "' is not offered: use relay, quorum=2 (to 8), quorum=2,relay, origin-digest or content-address, or for the local proxy quorum=2,tunnel"));
}

}  // namespace ferry::client
