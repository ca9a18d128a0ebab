#include "relay/content/storable.hpp"

#include "relay/content/vary.hpp"

#include <doctest/doctest.h>

using namespace ferry::relay::content;
using std::chrono::seconds;
using Headers = ferry::content::Headers;

TEST_CASE("storable: a shared cache stores what is public and will be of use") {
    struct Case {
        const char* name;
        Headers request;
        std::uint16_t status;
        Headers response;
        int remaining;
        bool storable;
    };
    const Headers told{{"cache-control", "max-age=60"}};
    const std::vector<Case> cases{
        {"fresh", {}, 200, told, 60, true},
        {"stale with a validator", {}, 200, {{"etag", "\"a\""}}, 0, true},
        {"stale with a weak validator", {}, 200, {{"etag", "W/\"a\""}}, 0, true},
        {"stale with a date", {}, 200, {{"last-modified", "Sun, 06 Nov 1994 08:49:37 GMT"}}, 0, true},
        {"stale with nonsense for a validator", {}, 200, {{"etag", "a"}}, 0, false},
        {"stale", {}, 200, {}, 0, false},
        {"private", {}, 200, {{"cache-control", "private, max-age=60"}}, 60, false},
        {"no-store", {}, 200, {{"cache-control", "no-store"}}, 60, false},
        {"no-store with must-understand",
         {},
         200,
         {{"cache-control", "no-store, must-understand, max-age=60"}},
         60,
         false},
        {"Set-Cookie", {}, 200, {{"cache-control", "public, max-age=60"}, {"set-cookie", "a=b"}}, 60, false},
        {"Authorization",
         {{"authorization", "x"}},
         200,
         {{"cache-control", "public, s-maxage=60, must-revalidate"}},
         60,
         false},
        {"Cookie", {{"cookie", "x"}}, 200, {{"cache-control", "public, max-age=60"}}, 60, false},
        {"client's no-store", {{"cache-control", "no-store"}}, 200, told, 60, false},
        {"Vary: *", {}, 200, {{"cache-control", "max-age=60"}, {"vary", "*"}}, 60, false},
        {"Vary among others",
         {},
         200,
         {{"cache-control", "max-age=60"}, {"vary", "accept"}, {"vary", "a, *"}},
         60,
         false},
        {"Vary", {}, 200, {{"cache-control", "max-age=60"}, {"vary", "accept"}}, 60, true},
        {"gone", {}, 410, {}, 60, true},
        {"not found", {}, 404, {}, 60, true},
        {"moved", {}, 301, {}, 60, true},
        {"moved for now, told", {}, 302, told, 60, true},
        {"moved for now, not told", {}, 302, {}, 60, false},
        {"forbidden, told", {}, 403, told, 60, true},
        {"forbidden, not told", {}, 403, {{"etag", "\"a\""}}, 60, false},
        {"unauthorized", {}, 401, told, 60, false},
        {"failure", {}, 500, told, 60, false},
        {"too many", {}, 429, told, 60, false},
        {"teapot", {}, 418, told, 60, false},
    };
    for (const auto& each : cases) {
        CAPTURE(each.name);
        CHECK(is_storable(each.request, each.status, each.response, seconds(each.remaining)) ==
              each.storable);
    }
}

TEST_CASE("vary: the fields that chose a representation, each once, in order, without ranges") {
    const Headers response{{"vary", "Accept-Language, accept"}, {"vary", " ACCEPT ,range,If-Range,X-None"}};
    const Headers sent{{"accept", "a"}, {"accept-language", "de"}, {"accept", "b"}, {"other", "x"}};
    const Headers expected{{"accept", "a, b"}, {"accept-language", "de"}, {"x-none", ""}};
    CHECK(selecting_fields(response, sent) == expected);
    CHECK(selecting_fields({}, sent).empty());
}
