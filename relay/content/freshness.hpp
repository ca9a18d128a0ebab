#pragma once
// Freshness: how old a response is and for how long a shared cache may serve it without asking. Pure
// functions of fields and times.

#include "protocol/base/time.hpp"
#include "protocol/content/manifest.hpp"
#include "relay/content/cache_control.hpp"

#include <cstdint>

namespace ferry::relay::content {

/// When a request left and its answer came, by the relay's clock.
struct Exchange {
    base::Time asked_at, answered_at;
};

/// Age when it came: the larger of what Date and what Age say; a Date in the future counts as now. Source:
/// RFC 9111 section 4.2.3.
base::Duration initial_age(const ferry::content::Headers& headers, Exchange exchange);

/// s-maxage, else max-age, else Expires minus Date, else, for statuses that allow it, a tenth of the time
/// since Last-Modified but at most 24 hours. Zero for no-cache: it may be stored but is asked about each
/// time. Source: RFC 9111 sections 4.2.1 and 4.2.2.
base::Duration freshness_lifetime(std::uint16_t status, const ferry::content::Headers& headers,
                                  base::Time answered_at);

/// Statuses that may be stored without being told so. Source: RFC 9110 section 15.1.
bool is_cacheable_by_default(std::uint16_t status);

/// May this stored response answer a request with these directives now? `age` counts from the origin.
struct StoredTimes {
    base::Time expires_at;
    base::Duration age;
};
bool is_fresh_enough(StoredTimes stored, const CacheControl& request, base::Time now);

}  // namespace ferry::relay::content
