#pragma once
// Time as a value: milliseconds since 1970-01-01 UTC, always handed in by whoever owns a clock. Nothing in protocol/, pricing/ or
// channels/ reads one.

#include <chrono>
#include <compare>
#include <cstdint>

namespace ferry::base {

using Duration = std::chrono::milliseconds;

struct Time {
  std::int64_t unix_ms = 0;

  constexpr std::int64_t unix_seconds() const { return unix_ms / 1000; }
  static constexpr Time from_seconds(std::int64_t seconds) { return Time{seconds * 1000}; }

  friend constexpr bool operator==(Time, Time) = default;
  friend constexpr auto operator<=>(Time, Time) = default;
  friend constexpr Time operator+(Time t, Duration d) { return Time{t.unix_ms + d.count()}; }
  friend constexpr Time operator-(Time t, Duration d) { return Time{t.unix_ms - d.count()}; }
  friend constexpr Duration operator-(Time a, Time b) { return Duration{a.unix_ms - b.unix_ms}; }
};

}  // namespace ferry::base
