#pragma once
// hour_plot: the last hour of the status page as bars, one a minute, what was spent above what was carried. Inline SVG for the bars, text around
// them in HTML, so that it stays readable at any width. Pure.

#include <string>
#include <vector>

#include "client/usage/usage_book.hpp"

namespace ferry::client {

/// `minutes`: oldest first, as UsageBook::last_hour() gives them.
std::string hour_plot(const std::vector<MinuteUsage>& minutes);

}  // namespace ferry::client
