#include "relay/content/storable.hpp"

#include "relay/content/cache_control.hpp"
#include "relay/content/freshness.hpp"
#include "relay/content/validator.hpp"
#include "relay/content/vary.hpp"

#include <algorithm>
#include <array>

namespace ferry::relay::content {

using ferry::content::find_header;

namespace {

bool has_explicit_time(const ferry::content::Headers& response) {
    const auto control = cache_control_of(response);
    return control.max_age || control.s_maxage || control.is_public || find_header(response, "expires");
}

/// Beyond the statuses that are cacheable by default: those whose meaning the relay knows, if the origin says
/// for how long.
bool is_status_storable(std::uint16_t status, const ferry::content::Headers& response) {
    if (is_cacheable_by_default(status)) return true;
    constexpr std::array<std::uint16_t, 5> kWhenTold{302, 303, 307, 403, 451};
    return std::find(kWhenTold.begin(), kWhenTold.end(), status) != kWhenTold.end() &&
           has_explicit_time(response);
}

bool has_validator(const ferry::content::Headers& response) {
    ferry::content::Headers ignored;
    return add_conditions(response, ignored);
}

}  // namespace

bool is_shareable_request(const ferry::content::Headers& sent) {
    return !find_header(sent, "authorization") && !find_header(sent, "cookie") &&
           !cache_control_of(sent).no_store;
}

bool is_storable(const ferry::content::Headers& sent, std::uint16_t status,
                 const ferry::content::Headers& response, base::Duration remaining) {
    if (!is_shareable_request(sent) || !is_status_storable(status, response)) return false;
    const auto control = cache_control_of(response);
    if (control.no_store || control.is_private || find_header(response, "set-cookie")) return false;
    if (varies_on_everything(response)) return false;
    return remaining > base::Duration{0} || has_validator(response);
}

}  // namespace ferry::relay::content
