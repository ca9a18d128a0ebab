#pragma once
// DownMemory: how much all tunnels of a client may have under way towards their apps, so that a hundred apps that stop reading hold no more than a
// few do. Each tunnel asks it before it opens its window. Pure.

#include <algorithm>
#include <cstdint>

namespace ferry::client {

class DownMemory {
 public:
  /// 2 MiB fills 100 Mbit/s at 160 ms; a dozen tunnels may do that at once.
  static constexpr std::uint64_t kAll = 24 * 1024 * 1024;
  static constexpr std::uint64_t kLargest = 2 * 1024 * 1024;
  /// Every tunnel may have this, however many there are: it is what a small page needs.
  static constexpr std::uint64_t kLeast = 64 * 1024;

  /// How much a tunnel that has `own` under way may have in all, when it would like `wanted`.
  std::uint64_t share(std::uint64_t own, std::uint64_t wanted) const {
    const std::uint64_t rest = kAll - std::min(kAll, used_);
    return std::max(kLeast, std::min({wanted, kLargest, own + rest / 4}));
  }
  void add(std::uint64_t bytes) { used_ += bytes; }
  void remove(std::uint64_t bytes) { used_ -= std::min(used_, bytes); }

 private:
  std::uint64_t used_ = 0;
};

}  // namespace ferry::client
