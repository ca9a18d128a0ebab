#include "client/relays/sampled_order.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ferry::client {

base::Amount usual_price(const std::vector<Candidate>& candidates) {
  std::vector<base::Amount> prices;
  for (const auto& [score, standing] : candidates) {
    if (score.miss_per_mib) prices.push_back(*score.miss_per_mib);
  }
  if (prices.empty()) return {};
  const auto middle = prices.begin() + static_cast<std::ptrdiff_t>(prices.size() / 2);
  std::nth_element(prices.begin(), middle, prices.end());
  return *middle;
}

RelayNeed need_among(const std::vector<Candidate>& candidates) {
  RelayNeed need;
  need.usual_per_mib = usual_price(candidates);
  for (const auto& [score, standing] : candidates) {
    const auto seconds = seconds_of(score, need, standing);
    if (seconds && (need.quickest_seconds <= 0 || *seconds < need.quickest_seconds)) need.quickest_seconds = *seconds;
  }
  return need;
}

std::vector<std::size_t> sampled_order(const std::vector<Candidate>& candidates, const RelayNeed& need, Random& random) {
  std::uniform_real_distribution<double> uniform(1e-12, 1.0);
  std::vector<double> keys;
  keys.reserve(candidates.size());
  for (const auto& [score, standing] : candidates) keys.push_back(std::log(uniform(random)) / weight_of(score, need, standing));
  std::vector<std::size_t> order(candidates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&keys](std::size_t a, std::size_t b) { return keys[a] > keys[b]; });
  if (uniform(random) >= kExploration) return order;
  const auto unknown = std::find_if(order.begin(), order.end(), [&candidates](std::size_t i) { return candidates[i].score.is_new(); });
  if (unknown != order.end()) std::rotate(order.begin(), unknown, unknown + 1);
  return order;
}

std::vector<Relay*> sampled_relays(const std::vector<Relay*>& relays, const RelayScores& scores, const Standings& standings, Random& random) {
  std::vector<Candidate> known;
  known.reserve(relays.size());
  for (const auto* relay : relays) known.push_back({scores.find(relay->address()), standings.of(*relay)});
  std::vector<Relay*> ordered;
  ordered.reserve(relays.size());
  for (const auto index : sampled_order(known, need_among(known), random)) ordered.push_back(relays[index]);
  return ordered;
}

}  // namespace ferry::client
