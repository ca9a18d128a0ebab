#include "client/relays/sampled_order.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

namespace ferry::client {

using base::Amount;

namespace {

RelayScore known(std::uint64_t price, bool lied = false, double first_byte = 0.05) {
  RelayScore score;
  for (int i = 0; i < 200; ++i) score.chunk_was_right();
  for (int i = 0; i < 40; ++i) score.answered(true);
  score.first_byte_after(first_byte);
  score.brought(25'000'000, 1);
  score.miss_per_mib = Amount::btt(price);
  for (int i = 0; lied && i < 4; ++i) score.lied();
  return score;
}

/// How often each of them comes first.
std::vector<int> firsts(const std::vector<RelayScore>& scores, int rounds = 4000) {
  Random random(7);
  const auto need = need_among(scores);
  std::vector<int> counts(scores.size());
  for (int i = 0; i < rounds; ++i) ++counts[sampled_order(scores, need, random).front()];
  return counts;
}

}  // namespace

TEST_CASE("sampled order: every relay is in it once") {
  Random random(1);
  const std::vector scores{known(200), RelayScore{}, known(100), known(300)};
  auto order = sampled_order(scores, {}, random);
  std::sort(order.begin(), order.end());
  CHECK(order == std::vector<std::size_t>{0, 1, 2, 3});
  CHECK(sampled_order({}, {}, random).empty());
}

TEST_CASE("sampled order: equals share, the dearer and the liar come first less often") {
  const auto equal = firsts({known(200), known(200)});
  CHECK(equal[0] > 1800);
  CHECK(equal[1] > 1800);
  const auto unequal = firsts({known(200), known(600), known(200, true)});
  CHECK(unequal[0] > unequal[1] * 3);
  CHECK(unequal[0] > unequal[2] * 2);
  CHECK(unequal[1] > 20);
}

TEST_CASE("sampled order: the nearer comes first more often, in the proportion in which it is faster") {
  const auto counts = firsts({known(200, false, 0.46), known(200, false, 0.01), known(200, false, 0.21)});  // 0.5, 0.05 and 0.25 s for all of it
  CHECK(counts[1] > counts[2] * 4);
  CHECK(counts[2] > counts[0] * 3 / 2);
  CHECK(counts[0] > 100);
}

TEST_CASE("sampled order: a new relay is tried now and then") {
  const auto counts = firsts({known(200), known(200), known(200), RelayScore{}});
  CHECK(counts[3] > 4000 * kExploration / 2);
  CHECK(counts[3] < 1000);
}

TEST_CASE("sampled order: the usual price is the middle one") {
  CHECK(usual_price({known(100), known(900), known(200)}) == Amount::btt(200));
  CHECK(usual_price({RelayScore{}}).is_zero());
}

}  // namespace ferry::client
