#pragma once
// Settings of one simulated network and how they are read from a command line; docs/simulation.md says what they stand for.

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/base/result.hpp"

namespace ferry::simulation {

struct Settings {
  std::uint32_t relays = 1'000;
  std::uint32_t clients = 10'000;
  std::uint32_t objects = 20'000;
  std::uint32_t fetches = 10;       ///< by each client
  double gap_seconds = 120;         ///< between two fetches of a client, in the mean
  double zipf = 0.9;                ///< exponent of the objects' popularity
  std::uint32_t median_kib = 256;   ///< size of objects
  std::uint32_t cache_mib = 64;     ///< memory of each relay
  std::uint32_t known = 16;         ///< relays that a client chooses among, as KnownRelays takes of those that were found
  std::uint32_t at_once = 4;        ///< relays that bring parts of one object: client::kRelaysAtOnce
  std::string choose = "best";      ///< or "order": as they were named
  bool find = true;                 ///< a client that chooses by scores is told of other relays every ten minutes
  double liars = 0;                 ///< shares of the relays: half of these corrupt a chunk now and then, the others charge it double
  double dying = 0;                 ///< vanish in the middle without a word
  double slow = 0;                  ///< a tenth of the others' rate
  double late = 0.02;               ///< start in the middle
  double lie_every = 0.02;          ///< of a liar's chunks
  double patience_seconds = 1.5;    ///< without a head until another relay is asked as well: Patience::second_relay
  std::uint64_t seed = 1;

  double length_seconds() const { return gap_seconds * fetches; }
};

/// Refusals "unknown_flag", "bad_value": the message names it. `--help` is the caller's.
base::Result<Settings> read_settings(const std::vector<std::string>& words);
/// Every flag with its default and meaning.
std::string help_text();

}  // namespace ferry::simulation
