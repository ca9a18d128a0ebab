#pragma once
// The day on which the tests of usage play.

#include <chrono>

#include "protocol/base/time.hpp"

namespace ferry::client {

inline constexpr auto kHour = std::chrono::hours(1);
inline constexpr auto kDay = std::chrono::hours(24);
/// A day's first moment.
inline constexpr base::Time kMidnight{20'000 * kDay / std::chrono::milliseconds(1)};

}  // namespace ferry::client
