#pragma once
// Settings of one simulated network; see docs/simulation.md for what they stand for.

#include <cstdint>

namespace ferry::simulation {

struct Settings {
  std::uint32_t relays = 1'000;
  std::uint32_t clients = 10'000;
  std::uint32_t objects = 20'000;
  std::uint32_t fetches = 10;       ///< by each client
  double gap_seconds = 120;         ///< between two fetches of a client, in the mean
  double zipf = 0.9;                ///< exponent of the objects' popularity
  std::uint32_t cache_mib = 256;    ///< of each relay
  std::uint32_t known = 64;         ///< relays that a client was told of, as one answer to find_relays holds
  bool best = true;                 ///< --choose best; else in the order in which they were told
  double liars = 0;                 ///< shares of the relays: corrupt a chunk now and then
  double dying = 0;                 ///< go away in the middle
  double slow = 0;                  ///< a tenth of the others' rate
  double late = 0.02;               ///< start in the middle
  std::uint64_t seed = 1;

  double length_seconds() const { return gap_seconds * fetches; }
};

}  // namespace ferry::simulation
