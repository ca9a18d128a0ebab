#pragma once
// Choices: a repeatable source of decisions for one simulated run. The same seed gives the same run on every machine.

#include <cstdint>

namespace ferry::channels::test {

class Choices {
 public:
  explicit Choices(std::uint64_t seed) : state_(seed) {}

  /// From 0 to `count` - 1. Source: splitmix64.
  std::uint64_t below(std::uint64_t count) {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return (z ^ (z >> 31U)) % count;
  }
  bool one_in(std::uint64_t count) { return below(count) == 0; }

 private:
  std::uint64_t state_;
};

}  // namespace ferry::channels::test
