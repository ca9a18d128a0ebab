#pragma once
// Receipt: what a fetch brought and cost, as ferry.h and `ferry get --json` give it. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/base/amount.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/content/verifier.hpp"

namespace ferry::client {

struct Receipt {
  struct FromRelay {
    std::string relay;
    std::uint64_t chunks = 0;
    std::uint64_t cache_hits = 0;
    base::Amount charged;
    std::uint64_t refused_chunks = 0;
    std::uint64_t witnessed = 0;  ///< words about what others delivered
  };

  std::string url;
  std::optional<std::uint16_t> status;
  std::uint64_t bytes = 0;   ///< of the body that are there, resumed ones included
  std::uint64_t chunks = 0;  ///< of these
  std::optional<base::Hash256> sha256;
  std::optional<base::Hash256> root;
  content::VerificationLevel verification = content::VerificationLevel::relay;
  std::string quorum;  ///< "2/3": with the level quorum
  std::uint64_t overhead_bytes = 0;
  std::vector<FromRelay> relays;
  std::uint64_t milliseconds = 0;
  std::uint64_t resumed_from = 0;

  /// The entry of a relay, made when it is new. Lifetime: until the next new one.
  FromRelay& from(const std::string& relay);
  base::Amount charged() const;
  /// "relay", "quorum 2/3", …
  std::string level_text() const;
  std::string to_json() const;
};

}  // namespace ferry::client
