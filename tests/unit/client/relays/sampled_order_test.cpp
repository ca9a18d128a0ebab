#include "client/relays/sampled_order.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

namespace ferry::client {

using base::Amount;

namespace {

Candidate known(std::uint64_t price, bool lied = false, double first_byte = 0.05) {
  RelayScore score;
  for (int i = 0; i < 200; ++i) score.chunk_was_right();
  for (int i = 0; i < 40; ++i) score.answered(true);
  score.first_byte_after(first_byte);
  score.brought(25'000'000, 1);
  score.miss_per_mib = Amount::btt(price);
  for (int i = 0; lied && i < 4; ++i) score.lied();
  return {score};
}

/// How often each of them comes first.
std::vector<int> firsts(const std::vector<Candidate>& candidates, int rounds = 4000) {
  Random random(7);
  const auto need = need_among(candidates);
  std::vector<int> counts(candidates.size());
  for (int i = 0; i < rounds; ++i) ++counts[sampled_order(candidates, need, random).front()];
  return counts;
}

}  // namespace

TEST_CASE("sampled order: every relay is in it once") {
  Random random(1);
  const std::vector candidates{known(200), Candidate{}, known(100), known(300)};
  auto order = sampled_order(candidates, {}, random);
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

TEST_CASE("sampled order: a relay with an open channel comes before equals that have none, and one with a session before both") {
  auto open = known(200), closed = known(200), live = known(200);
  open.standing.has_session = false;
  closed.standing = {false, false, false};
  const auto counts = firsts({closed, open, live});
  CHECK(counts[2] > counts[1] * 2);
  CHECK(counts[1] > counts[0] * 2);
  CHECK(counts[0] > 20);
  closed.standing.opens_on_chain = true;
  const auto on_chain = firsts({closed, open});
  CHECK(on_chain[0] < counts[0]);
}

TEST_CASE("sampled order: a channel with a far relay does not hold back from a near one that has none yet") {
  auto far = known(200, false, 0.2), near = known(200, false, 0.02);
  far.score.welcomed_after(0.16);
  near.score.welcomed_after(0.01);
  far.standing = {false, true, false};
  near.standing = {false, false, false};
  const auto counts = firsts({far, near});
  CHECK(counts[1] > counts[0] * 3 / 2);
  near.standing.opens_on_chain = true;
  CHECK(firsts({far, near})[0] > 3500);
}

TEST_CASE("sampled order: where no relay has a channel none is worth less for it") {
  auto one = known(200), other = known(200);
  one.standing = other.standing = {false, false, false};
  const auto counts = firsts({one, other});
  CHECK(counts[0] > 1800);
  CHECK(counts[1] > 1800);
  CHECK(firsts({{RelayScore{}, {false, false, false}}, {RelayScore{}, {false, false, false}}})[0] > 1800);
}

TEST_CASE("sampled order: a new relay is tried now and then") {
  const auto counts = firsts({known(200), known(200), known(200), Candidate{}});
  CHECK(counts[3] > 4000 * kExploration / 2);
  CHECK(counts[3] < 1000);
}

TEST_CASE("sampled order: the usual price is the middle one") {
  CHECK(usual_price({known(100), known(900), known(200)}) == Amount::btt(200));
  CHECK(usual_price({Candidate{}}).is_zero());
}

}  // namespace ferry::client
