#include "relay/content/freshness.hpp"

#include "relay/content/http_date.hpp"

#include <algorithm>
#include <array>

namespace ferry::relay::content {

using base::Duration;
using base::Time;
using ferry::content::find_header;

namespace {

constexpr Duration kHeuristicCap = std::chrono::hours{24};
constexpr int kHeuristicDivisor = 10;

Time date_of(const ferry::content::Headers& headers, Time answered_at) {
    const auto text = find_header(headers, "date");
    return text ? parse_http_date(*text, answered_at).value_or(answered_at) : answered_at;
}

Duration heuristic(const ferry::content::Headers& headers, Time date, Time answered_at) {
    const auto text = find_header(headers, "last-modified");
    const auto modified = text ? parse_http_date(*text, answered_at) : std::nullopt;
    if (!modified || *modified >= date) return Duration{0};
    return std::min((date - *modified) / kHeuristicDivisor, kHeuristicCap);
}

}  // namespace

bool is_cacheable_by_default(std::uint16_t status) {
    constexpr std::array<std::uint16_t, 12> kStatuses{200, 203, 204, 206, 300, 301,
                                                      308, 404, 405, 410, 414, 501};
    return std::find(kStatuses.begin(), kStatuses.end(), status) != kStatuses.end();
}

Duration initial_age(const ferry::content::Headers& headers, Exchange exchange) {
    const auto apparent =
        std::max(Duration{0}, exchange.answered_at - date_of(headers, exchange.answered_at));
    const auto text = find_header(headers, "age");
    const auto said = text ? parse_delta_seconds(*text).value_or(Duration{0}) : Duration{0};
    const auto delay = std::max(Duration{0}, exchange.answered_at - exchange.asked_at);
    return std::max(apparent, said + delay);
}

Duration freshness_lifetime(std::uint16_t status, const ferry::content::Headers& headers, Time answered_at) {
    const auto control = cache_control_of(headers);
    if (control.no_cache) return Duration{0};
    if (control.s_maxage) return *control.s_maxage;
    if (control.max_age) return *control.max_age;
    const auto date = date_of(headers, answered_at);
    if (const auto expires_text = find_header(headers, "expires")) {
        // Anything that is no date, "0" above all, means already expired.
        const auto expires = parse_http_date(*expires_text, answered_at);
        return expires ? std::max(Duration{0}, *expires - date) : Duration{0};
    }
    return is_cacheable_by_default(status) ? heuristic(headers, date, answered_at) : Duration{0};
}

bool is_fresh_enough(StoredTimes stored, const CacheControl& request, Time now) {
    if (request.no_cache || now >= stored.expires_at) return false;
    if (request.max_age && stored.age > *request.max_age) return false;
    return !request.min_fresh || stored.expires_at - now >= *request.min_fresh;
}

}  // namespace ferry::relay::content
