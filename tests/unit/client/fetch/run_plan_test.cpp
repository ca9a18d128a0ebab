#include "client/fetch/run_plan.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace ferry::client {

namespace {

ChunkRun with(std::initializer_list<std::uint64_t> present) {
  ChunkRun chunks;
  for (const auto index : present) chunks.put(base::ChunkIndex{index}, base::Hash256{});
  return chunks;
}

RunningRun run(std::uint64_t first, std::uint64_t end, std::uint64_t asked_end, double seconds = 1, double waited = 0) {
  return {{first, end}, asked_end, seconds, waited, false};
}

}  // namespace

TEST_CASE("run plan: what nobody has asked for is given first, from the front") {
  const std::vector running{run(4, 8, 6)};
  CHECK(unclaimed_run(with({0, 1}), 20, running, 100) == Run{2, 4});
  CHECK(unclaimed_run(with({0, 1, 2, 3}), 20, running, 100) == Run{8, 20});
  CHECK(unclaimed_run(with({0, 1, 2, 3}), 20, running, 3) == Run{8, 11});
  CHECK(unclaimed_run(with({0, 1, 2, 3, 8, 9, 12}), 20, running, 100) == Run{10, 12});
}

TEST_CASE("run plan: a body of unknown length is one run to its end") {
  CHECK(unclaimed_run(ChunkRun(), UINT64_MAX, {}, UINT64_MAX) == Run{0, UINT64_MAX});
  const std::vector running{run(0, UINT64_MAX, 8)};
  CHECK_FALSE(unclaimed_run(ChunkRun(), UINT64_MAX, running, UINT64_MAX));
}

TEST_CASE("run plan: nothing is left when all is there or claimed") {
  const std::vector running{run(2, 5, 5), run(5, 9, 6)};
  CHECK_FALSE(unclaimed_run(with({0, 1}), 9, running, 100));
  CHECK_FALSE(unclaimed_run(with({0, 1, 2}), 3, {}, 100));
}

TEST_CASE("run plan: a run that has brought all is no claim") {
  const std::vector running{run(3, 3, 3)};
  CHECK(unclaimed_run(with({0}), 6, running, 100) == Run{1, 6});
}

TEST_CASE("run plan: of the longest rest the later part is taken, so that both end together") {
  const std::vector equal{run(0, 10, 2), run(10, 40, 12)};
  const auto half = take_over(equal, 1);
  REQUIRE(half);
  CHECK(half->from == 1);
  CHECK(half->run == Run{25, 40});
  const auto by_a_fast_one = take_over(equal, 0.25);
  REQUIRE(by_a_fast_one);
  CHECK(by_a_fast_one->run == Run{16, 40});
  // The whole unasked rest of a very slow one, but not what it has asked for.
  const std::vector slow{run(0, 10, 4, 100)};
  CHECK(take_over(slow, 0.01)->run == Run{4, 10});
}

TEST_CASE("run plan: what a lane would not have earlier stays where it is") {
  CHECK_FALSE(take_over(std::vector{run(0, 9, 8, 1)}, 20));
  CHECK_FALSE(take_over(std::vector{run(0, 9, 9, 1)}, 1));
  CHECK_FALSE(take_over({}, 1));
}

TEST_CASE("run plan: what was asked for is asked for twice when it is late or its lane much slower") {
  CHECK_FALSE(late_run(std::vector{run(0, 4, 4, 1, 0.1)}, 1, 2));
  const std::vector late{run(0, 4, 4, 0.1, 2.5), run(10, 12, 12, 0.1, 0.1)};
  const auto first = late_run(late, 0.1, 2);
  REQUIRE(first);
  CHECK(first->from == 0);
  CHECK(first->run == Run{0, 4});
  const auto slow = late_run(std::vector{run(6, 20, 9, 1, 0.1)}, 0.1, 2);
  REQUIRE(slow);
  CHECK(slow->run == Run{6, 9});
}

TEST_CASE("run plan: nothing is asked for a third time") {
  auto late = run(0, 4, 4, 0.1, 2.5);
  late.is_doubled = true;
  CHECK_FALSE(late_run(std::vector{late}, 0.1, 2));
  CHECK_FALSE(late_run(std::vector{run(4, 8, 4, 0.1, 2.5)}, 0.1, 2));
}

TEST_CASE("run plan: what a silent relay was not even asked for is another's") {
  const auto taken = silent_run(std::vector{run(0, 4, 4, 0.1, 2.5), run(4, 8, 4, 0.1, 1.0), run(8, 12, 8, 0.1, 2.5)}, 1.5);
  REQUIRE(taken);
  CHECK(taken->from == 2);
  CHECK(taken->run == Run{8, 12});
  auto began = run(8, 12, 8, 0.1, 2.5);
  began.has_brought = true;
  CHECK_FALSE(silent_run(std::vector{began, run(4, 4, 4, 0.1, 2.5)}, 1.5));
}

}  // namespace ferry::client
