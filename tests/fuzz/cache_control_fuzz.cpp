// Any text as caching fields: what comes out is bounded, lists mean the same in one line or in several, and
// dates read back.

#include "relay/content/cache_control.hpp"
#include "relay/content/field_text.hpp"
#include "relay/content/freshness.hpp"
#include "relay/content/http_date.hpp"
#include "relay/content/storable.hpp"
#include "relay/content/validator.hpp"
#include "relay/content/vary.hpp"
#include "tests/fuzz/require.hpp"

using namespace ferry::relay::content;
using ferry::base::Duration;
using ferry::base::Time;
using ferry::fuzz::require;

namespace {

const Time kNow = Time::from_seconds(1'800'000'000);
constexpr Duration kLongest = std::chrono::seconds{1LL << 31};
/// Expires and Date may lie ten thousand years apart.
constexpr Duration kLongestLifetime = std::chrono::hours{24 * 366 * 10'000LL};

void check_bounds(const CacheControl& control) {
    for (const auto& time : {control.max_age, control.s_maxage, control.min_fresh}) {
        require(!time || (*time >= Duration{0} && *time <= kLongest), "a time lies within its bounds");
    }
}

void check_lines(std::string_view text) {
    CacheControl together;
    read_cache_control(text, together);
    check_bounds(together);
    CacheControl apart;
    std::string_view rest = text;
    std::string_view element;
    while (next_element(rest, element)) {
        require(!element.empty() && trimmed(element) == element, "an element is trimmed and not empty");
        read_cache_control(element, apart);
    }
    require(together == apart, "a list means the same in one line or in several");
}

void check_date(std::string_view text) {
    const auto time = parse_http_date(text, kNow);
    if (!time) return;
    const auto again = parse_http_date(to_http_date(*time), kNow);
    require(again == time, "a date reads back");
}

void check_fields(std::string_view text) {
    const std::string value(text);
    const ferry::content::Headers headers{{"cache-control", value}, {"expires", value},       {"age", value},
                                          {"date", value},          {"last-modified", value}, {"etag", value},
                                          {"vary", value},          {"pragma", value}};
    const auto lifetime = freshness_lifetime(200, headers, kNow);
    require(lifetime >= Duration{0} && lifetime <= kLongestLifetime, "a lifetime lies within its bounds");
    require(initial_age(headers, {kNow, kNow}) >= Duration{0}, "nothing is younger than new");
    const auto validator = validator_of(headers, 5, kNow);
    require(validator.empty() == if_range_of(validator).empty(), "a validator can be asked with");
    if (varies_on_everything(headers))
        require(!is_storable({}, 200, headers, lifetime), "what varies on everything is not stored");
    const auto control = cache_control_of(headers);
    if (control.no_store || control.is_private)
        require(!is_storable({}, 200, headers, lifetime), "what is private is not stored");
    for (const auto& field : selecting_fields(headers, headers))
        require(lower_case(field.name) == field.name, "a selecting name is lower case");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    check_lines(text);
    check_date(text);
    check_fields(text);
    return 0;
}
