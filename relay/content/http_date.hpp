#pragma once
// Dates as HTTP writes them. Used by the caching rules; reads no clock.

#include "protocol/base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace ferry::relay::content {

/// The preferred form and the two old ones that must still be read. `now` places the two-digit years of RFC
/// 850. nullopt for anything else, also for impossible dates. Source: RFC 9110 section 5.6.7.
std::optional<base::Time> parse_http_date(std::string_view text, base::Time now);

/// The preferred form: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string to_http_date(base::Time time);

}  // namespace ferry::relay::content
