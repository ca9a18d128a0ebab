#pragma once
// WantedLevel: the weakest level of verification that a user accepts, as it is written in flags, files and ferry.h. Pure.

#include <cstddef>
#include <string_view>

#include "protocol/base/result.hpp"
#include "protocol/content/verifier.hpp"

namespace ferry::client {

struct WantedLevel {
  static constexpr std::size_t kMostRelays = 8;

  content::VerificationLevel level = content::VerificationLevel::relay;
  std::size_t quorum = 0;  ///< with level quorum: 2 to kMostRelays
  bool or_relay = false;   ///< one relay's word will do for content that relays are answered differently about
  bool or_tunnel = false;  ///< such content goes through a tunnel; of the local proxy only
};

/// "relay", "quorum=K", "quorum=K,relay", "quorum=K,tunnel", "origin-digest", "content-address". Refusal "verification_level".
base::Result<WantedLevel> parse_wanted_level(std::string_view text);

}  // namespace ferry::client
