#pragma once
// FuzzBytes: a fuzzer's input as a stream of small choices; zeros when it has run out.

#include <cstdint>

#include "protocol/base/bytes.hpp"

namespace ferry::fuzz {

class FuzzBytes {
 public:
  FuzzBytes(const std::uint8_t* data, std::size_t size) : left_(data, size) {}

  bool empty() const { return left_.empty(); }
  std::uint8_t byte() {
    if (left_.empty()) return 0;
    const std::uint8_t value = left_.front();
    left_ = left_.subspan(1);
    return value;
  }
  /// A number below `below`; 0 when that is 0. Takes one byte for small ranges, two for others.
  std::uint32_t below(std::uint32_t below) {
    if (below <= 1) return 0;
    const std::uint32_t value = below <= 256 ? byte() : static_cast<std::uint32_t>(byte() << 8U | byte());
    return value % below;
  }
  base::ByteView take(std::size_t count) {
    const auto taken = left_.first(count < left_.size() ? count : left_.size());
    left_ = left_.subspan(taken.size());
    return taken;
  }

 private:
  base::ByteView left_;
};

}  // namespace ferry::fuzz
