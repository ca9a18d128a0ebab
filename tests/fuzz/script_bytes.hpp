#pragma once
// ScriptBytes: the input of a fuzz target read as a script of small choices. After its end every choice is zero.

#include <algorithm>
#include <cstdint>

#include "protocol/base/amount.hpp"
#include "protocol/base/bytes.hpp"

namespace ferry::fuzz {

class ScriptBytes {
 public:
  explicit ScriptBytes(base::ByteView bytes) : bytes_(bytes) {}

  bool is_over() const { return bytes_.empty(); }
  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const std::uint8_t value = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return value;
  }
  std::uint8_t below(std::uint8_t count) { return static_cast<std::uint8_t>(byte() % count); }
  bool flag() { return (byte() & 1U) != 0; }
  /// Mostly small, so that amounts meet; sometimes at the edge of the range.
  base::Amount amount() {
    const std::uint8_t value = byte();
    if (value == 0xFF) return base::Amount::max();
    if (value == 0xFE) return base::Amount::from_units(base::Amount::Raw{1} << 120U);
    return base::Amount::from_units(value);
  }
  base::ByteView take(std::size_t count) {
    const base::ByteView head = bytes_.first(std::min(count, bytes_.size()));
    bytes_ = bytes_.subspan(head.size());
    return head;
  }

 private:
  base::ByteView bytes_;
};

}  // namespace ferry::fuzz
