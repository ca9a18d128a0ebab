#include "client/tunnel/down_memory.hpp"

#include <doctest/doctest.h>

namespace ferry::client {

TEST_CASE("down memory: a tunnel alone gets what it would like, up to the largest window") {
  const DownMemory memory;
  CHECK(memory.share(0, 300'000) == 300'000);
  CHECK(memory.share(0, DownMemory::kLargest + 1) == DownMemory::kLargest);
  CHECK(memory.share(0, 0) == DownMemory::kLeast);
}

TEST_CASE("down memory: a quarter of what is left, on top of one's own; never less than the least") {
  DownMemory memory;
  memory.add(DownMemory::kAll - 1'000'000);
  CHECK(memory.share(0, DownMemory::kLargest) == 250'000);
  CHECK(memory.share(100'000, DownMemory::kLargest) == 350'000);
  memory.add(1'000'000);
  CHECK(memory.share(0, DownMemory::kLargest) == DownMemory::kLeast);
  CHECK(memory.share(200'000, DownMemory::kLargest) == 200'000);
  memory.add(DownMemory::kAll);
  CHECK(memory.share(0, DownMemory::kLargest) == DownMemory::kLeast);
  memory.remove(2 * DownMemory::kAll);
  CHECK(memory.share(0, DownMemory::kLargest) == DownMemory::kLargest);
}

TEST_CASE("down memory: however many tunnels come, their windows together stay within it and the least of each") {
  DownMemory memory;
  std::uint64_t sum = 0;
  std::size_t count = 0;
  for (; count < 1000; ++count) {
    const auto share = memory.share(0, DownMemory::kLargest);
    memory.add(share);
    sum += share;
    CHECK(share >= DownMemory::kLeast);
  }
  CHECK(sum <= DownMemory::kAll + count * DownMemory::kLeast);
}

}  // namespace ferry::client
