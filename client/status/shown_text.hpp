#pragma once
// How the status page writes amounts, bytes, ages and what strangers named: short, in integers. Pure.

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/base/amount.hpp"
#include "protocol/base/time.hpp"

namespace ferry::client {

/// Two decimals from 100 BTT, four below, cut and not rounded; "<0.0001" when it is less, "0" for nothing. Thousands stand apart.
std::string short_btt(base::Amount amount);

/// "3.2 MiB"
std::string short_bytes(std::uint64_t bytes);

/// "42 s", "7 min", "3 h 5 min", "2 d 4 h"
std::string short_age(base::Duration age);

/// "14:05", UTC.
std::string clock_text(base::Time time);

}  // namespace ferry::client
