#pragma once
// CacheControl: the Cache-Control field of a request or response, as values. What to do about them is decided
// in freshness and storable.

#include "protocol/base/time.hpp"
#include "protocol/content/manifest.hpp"

#include <optional>
#include <string_view>

namespace ferry::relay::content {

/// Source: RFC 9111 section 5.2. Unknown directives are ignored. `private` and `no-cache` with field names
/// count as without them, which is stricter. A time that is no number means zero; of several the shortest
/// counts.
struct CacheControl {
    bool no_store = false, no_cache = false, is_private = false, is_public = false;
    bool must_revalidate = false, proxy_revalidate = false, must_understand = false;
    bool only_if_cached = false;
    std::optional<base::Duration> max_age, s_maxage, min_fresh;

    friend bool operator==(const CacheControl&, const CacheControl&) = default;
};

/// Adds what one field line says.
void read_cache_control(std::string_view value, CacheControl& into);

/// Of all Cache-Control lines; without any, `Pragma: no-cache` counts as no-cache.
CacheControl cache_control_of(const ferry::content::Headers& headers);

/// Delta-seconds, at most 2^31 s as RFC 9111 section 1.2.2 allows; nullopt for anything but digits.
std::optional<base::Duration> parse_delta_seconds(std::string_view text);

}  // namespace ferry::relay::content
