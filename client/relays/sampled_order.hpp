#pragma once
// sampled_order: in which order a fetch tries its relays when the client is to choose: at random, but the more a relay is worth (RelayScore) the likelier
// early, so that load spreads over good relays and a new one gets its chance. Pure but for the random numbers that it is given.
// Source of the sampling: P. S. Efraimidis, P. G. Spirakis, "Weighted random sampling with a reservoir", 2006.

#include <random>
#include <vector>

#include "client/relays/relay.hpp"
#include "client/relays/relay_scores.hpp"
#include "client/relays/standings.hpp"

namespace ferry::client {

using Random = std::mt19937_64;

/// So often a relay that nothing is known of is tried first.
inline constexpr double kExploration = 0.1;

/// The price per MiB that the relays with a known one ask in the middle; zero when none is known.
base::Amount usual_price(const std::vector<Candidate>& candidates);

/// What a fetch needs when it is to choose among these.
RelayNeed need_among(const std::vector<Candidate>& candidates);

/// Indices of `candidates` in the order in which they are to be tried.
std::vector<std::size_t> sampled_order(const std::vector<Candidate>& candidates, const RelayNeed& need, Random& random);

/// The relays in such an order.
std::vector<Relay*> sampled_relays(const std::vector<Relay*>& relays, const RelayScores& scores, const Standings& standings, Random& random);

}  // namespace ferry::client
