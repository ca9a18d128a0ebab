#include "relay/content/freshness.hpp"

#include "relay/content/http_date.hpp"

#include <doctest/doctest.h>

using namespace ferry::relay::content;
using ferry::base::Duration;
using ferry::base::Time;
using std::chrono::hours;
using std::chrono::seconds;
using Headers = ferry::content::Headers;

namespace {

const Time kNow = Time::from_seconds(1'800'000'000);
std::string at(Duration from_now) {
    return to_http_date(kNow + from_now);
}

}  // namespace

TEST_CASE("freshness: lifetimes, as RFC 9111 section 4.2.1 orders them") {
    struct Case {
        const char* name;
        Headers headers;
        Duration lifetime;
        std::uint16_t status = 200;
    };
    const std::vector<Case> cases{
        {"nothing", {}, seconds(0)},
        {"max-age", {{"cache-control", "max-age=60"}}, seconds(60)},
        {"s-maxage wins", {{"cache-control", "max-age=60, s-maxage=10"}}, seconds(10)},
        {"s-maxage wins when it is longer", {{"cache-control", "s-maxage=100, max-age=60"}}, seconds(100)},
        {"max-age wins over Expires",
         {{"cache-control", "max-age=60"}, {"expires", at(seconds(5))}, {"date", at(seconds(0))}},
         seconds(60)},
        {"Expires", {{"expires", at(seconds(50))}, {"date", at(seconds(0))}}, seconds(50)},
        {"Expires without Date", {{"expires", at(seconds(50))}}, seconds(50)},
        {"Expires counts from the origin's Date",
         {{"expires", at(hours(2))}, {"date", at(hours(1))}},
         hours(1)},
        {"Expires in the past", {{"expires", at(-seconds(50))}, {"date", at(seconds(0))}}, seconds(0)},
        {"Expires that is no date", {{"expires", "0"}, {"last-modified", at(-hours(1000))}}, seconds(0)},
        {"no-cache", {{"cache-control", "no-cache, max-age=60"}}, seconds(0)},
        {"pragma", {{"pragma", "no-cache"}, {"expires", at(seconds(50))}}, seconds(0)},
        {"a tenth since Last-Modified",
         {{"last-modified", at(-hours(10))}, {"date", at(seconds(0))}},
         hours(1)},
        {"but at most a day", {{"last-modified", at(-hours(10'000))}, {"date", at(seconds(0))}}, hours(24)},
        {"none for a Last-Modified in the future",
         {{"last-modified", at(hours(1))}, {"date", at(seconds(0))}},
         seconds(0)},
        {"none for a Last-Modified that is no date", {{"last-modified", "yesterday"}}, seconds(0)},
        {"also for a page that is not there", {{"last-modified", at(-hours(10))}}, hours(1), 404},
        {"but not for a passing redirect", {{"last-modified", at(-hours(10))}}, seconds(0), 302},
        {"nor for a failure", {{"last-modified", at(-hours(10))}}, seconds(0), 500},
        {"told for a passing redirect", {{"cache-control", "max-age=60"}}, seconds(60), 302},
        {"max-age that cannot be read",
         {{"cache-control", "max-age=soon"}, {"expires", at(seconds(50))}},
         seconds(0)},
    };
    for (const auto& each : cases) {
        CAPTURE(each.name);
        CHECK(freshness_lifetime(each.status, each.headers, kNow) == each.lifetime);
    }
}

TEST_CASE("freshness: age when it came, as RFC 9111 section 4.2.3 computes it") {
    struct Case {
        const char* name;
        Headers headers;
        Duration delay, age;
    };
    const std::vector<Case> cases{
        {"nothing", {}, seconds(0), seconds(0)},
        {"Age", {{"age", "7"}}, seconds(0), seconds(7)},
        {"Age and the time the answer took", {{"age", "7"}}, seconds(3), seconds(10)},
        {"Date", {{"date", at(-seconds(20))}}, seconds(0), seconds(20)},
        {"the larger of both", {{"date", at(-seconds(20))}, {"age", "7"}}, seconds(3), seconds(20)},
        {"a Date in the future counts as now",
         {{"date", at(hours(5))}, {"age", "7"}},
         seconds(0),
         seconds(7)},
        {"an Age that is no number", {{"age", "-7"}}, seconds(0), seconds(0)},
        {"a Date that is no date", {{"date", "today"}}, seconds(0), seconds(0)},
    };
    for (const auto& each : cases) {
        CAPTURE(each.name);
        CHECK(initial_age(each.headers, {kNow - each.delay, kNow}) == each.age);
    }
    // A clock that was set back between the request and its answer.
    CHECK(initial_age({{"age", "7"}}, {kNow + hours(1), kNow}) == seconds(7));
}

TEST_CASE("freshness: what a request demands of a stored response") {
    struct Case {
        const char* name;
        std::string request;
        bool fresh;
    };
    const std::vector<Case> cases{
        {"nothing", "", true},
        {"no-cache", "no-cache", false},
        {"younger than max-age", "max-age=40", true},
        {"older", "max-age=39", false},
        {"max-age=0", "max-age=0", false},
        {"fresh long enough", "min-fresh=60", true},
        {"not", "min-fresh=61", false},
        {"stale is not served", "max-stale", true},
    };
    for (const auto& each : cases) {
        CAPTURE(each.name);
        CacheControl control;
        read_cache_control(each.request, control);
        CHECK(is_fresh_enough({kNow + seconds(60), seconds(40)}, control, kNow) == each.fresh);
    }
    CHECK_FALSE(is_fresh_enough({kNow, seconds(40)}, {}, kNow));
    CacheControl stale;
    read_cache_control("max-stale=1000", stale);
    CHECK_FALSE(is_fresh_enough({kNow - seconds(1), seconds(40)}, stale, kNow));
}
