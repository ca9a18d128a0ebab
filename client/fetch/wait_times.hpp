#pragma once
// WaitTimes: how long the last chunks of a fetch were waited for, to tell what is late. Pure.

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

namespace ferry::client {

class WaitTimes {
 public:
  static constexpr std::size_t kKept = 64;
  static constexpr std::size_t kEnough = 8;  ///< fewer tell nothing

  void add(double seconds) { times_[count_++ % kKept] = seconds; }

  /// The 95th percentile of the last ones, in seconds.
  std::optional<double> p95() const {
    if (count_ < kEnough) return std::nullopt;
    const auto kept = std::min(count_, kKept);
    auto sorted = times_;
    const auto place = sorted.begin() + static_cast<std::ptrdiff_t>(kept * 95 / 100);
    std::nth_element(sorted.begin(), place, sorted.begin() + static_cast<std::ptrdiff_t>(kept));
    return *place;
  }

 private:
  std::array<double, kKept> times_{};
  std::size_t count_ = 0;
};

}  // namespace ferry::client
