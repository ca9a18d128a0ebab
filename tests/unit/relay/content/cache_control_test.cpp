#include "relay/content/cache_control.hpp"

#include <doctest/doctest.h>

using namespace ferry::relay::content;
using std::chrono::seconds;

namespace {

CacheControl of(std::string_view value) {
    CacheControl control;
    read_cache_control(value, control);
    return control;
}

}  // namespace

TEST_CASE("cache control: directives are read in any case, spacing and quoting") {
    const auto control =
        of(" No-Store ,, PRIVATE = \"a, b\" ,max-age= 60 ,S-MaxAge=\"30\",must-revalidate, "
           "proxy-revalidate,public,"
           "no-cache=\"set-cookie\", only-if-cached, must-understand, min-fresh=5, immutable, x=\"no-such, "
           "max-age=1\"");
    CHECK(control.no_store);
    CHECK(control.is_private);
    CHECK(control.is_public);
    CHECK(control.no_cache);
    CHECK(control.must_revalidate);
    CHECK(control.proxy_revalidate);
    CHECK(control.must_understand);
    CHECK(control.only_if_cached);
    CHECK(control.max_age == seconds(60));
    CHECK(control.s_maxage == seconds(30));
    CHECK(control.min_fresh == seconds(5));
    CHECK(of("") == CacheControl{});
    CHECK(of("no-stores, xprivate, publi") == CacheControl{});
}

TEST_CASE(
    "cache control: times that cannot be read are zero, long ones are long, of several the shortest counts") {
    for (const char* value : {"max-age", "max-age=", "max-age=-1", "max-age=1.5", "max-age=abc", "max-age=1s",
                              "max-age=\"\"", "max-age=+5"}) {
        CAPTURE(value);
        CHECK(of(value).max_age == seconds(0));
    }
    CHECK(of("max-age=99999999999999999999999").max_age == seconds(1LL << 31));
    CHECK(of("max-age=2147483649").max_age == seconds(1LL << 31));
    CHECK(of("max-age=10, max-age=5, max-age=20").max_age == seconds(5));
}

TEST_CASE("cache control: several lines count together; Pragma only where there is none") {
    CHECK(cache_control_of({{"cache-control", "max-age=5"}, {"cache-control", "no-store"}}).no_store);
    CHECK(cache_control_of({{"pragma", "x, No-Cache"}}).no_cache);
    CHECK_FALSE(cache_control_of({{"pragma", "no-cache"}, {"cache-control", "max-age=5"}}).no_cache);
    CHECK(cache_control_of({}) == CacheControl{});
}
