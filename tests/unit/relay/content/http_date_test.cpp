#include "relay/content/http_date.hpp"

#include <doctest/doctest.h>

using namespace ferry::relay::content;
using ferry::base::Time;

namespace {

const Time kReadAt = Time::from_seconds(1'800'000'000);  // 15 January 2027

std::int64_t unix_seconds_of(std::string_view text) {
    const auto time = parse_http_date(text, kReadAt);
    return time ? time->unix_seconds() : -1;
}

}  // namespace

TEST_CASE("http date: the three forms of RFC 9110 are read") {
    CHECK(unix_seconds_of("Sun, 06 Nov 1994 08:49:37 GMT") == 784'111'777);
    CHECK(unix_seconds_of("Sunday, 06-Nov-94 08:49:37 GMT") == 784'111'777);
    CHECK(unix_seconds_of("Sun Nov  6 08:49:37 1994") == 784'111'777);
    CHECK(unix_seconds_of("Sun Nov 16 08:49:37 1994") == 784'975'777);
    CHECK(unix_seconds_of("Thu, 01 Jan 1970 00:00:00 GMT") == 0);
    CHECK(unix_seconds_of("Fri, 31 Dec 9999 23:59:59 GMT") == 253'402'300'799);
    CHECK(unix_seconds_of("Sat, 31 Dec 2016 23:59:60 GMT") == 1'483'228'800);
}

TEST_CASE("http date: two digits of a year lie within fifty years ahead") {
    CHECK(unix_seconds_of("Friday, 01-Jan-27 00:00:00 GMT") == unix_seconds_of("Fri, 01 Jan 2027 00:00:00 GMT"));
    CHECK(unix_seconds_of("Friday, 01-Jan-77 00:00:00 GMT") == unix_seconds_of("Fri, 01 Jan 2077 00:00:00 GMT"));
    CHECK(unix_seconds_of("Friday, 01-Jan-78 00:00:00 GMT") == unix_seconds_of("Fri, 01 Jan 1978 00:00:00 GMT"));
}

TEST_CASE("http date: anything else is no date") {
    for (const char* text :
         {"", "0", "-1", "now", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
          "Sun, 6 Nov 1994 08:49:37 GMT", "sun, 06 nov 1994 08:49:37 gmt", "Sun, 31 Nov 1994 08:49:37 GMT",
          "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:00 GMT",
          "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ", " Sun, 06 Nov 1994 08:49:37 GMT",
          "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 29 Feb 2027 08:49:37 GMT", "784111777"}) {
        CAPTURE(text);
        CHECK(unix_seconds_of(text) == -1);
    }
}

TEST_CASE("http date: what is written is read back") {
    for (const std::int64_t at : {0LL, 784'111'777LL, 951'782'400LL, 1'800'000'000LL, 4'102'444'799LL}) {
        const auto text = to_http_date(Time::from_seconds(at));
        CHECK(unix_seconds_of(text) == at);
    }
    CHECK(to_http_date(Time::from_seconds(784'111'777)) == "Sun, 06 Nov 1994 08:49:37 GMT");
}
