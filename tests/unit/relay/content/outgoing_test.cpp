#include "relay/content/outgoing.hpp"

#include "relay/content/field_text.hpp"

#include <doctest/doctest.h>

using namespace ferry::relay::content;
using Headers = ferry::content::Headers;

namespace {

std::string names(const Headers& headers) {
    std::string all;
    for (const auto& field : headers)
        all += field.name + " ";
    return all;
}

auto key(const Headers& request, const std::string& url = "http://a.example/x") {
    return outgoing_of(request, "", "").key_for(ferry::base::Url::parse(url).value());
}

}  // namespace

TEST_CASE("outgoing: negotiation, credentials and unknown fields go out, the rest stays") {
    const auto out = outgoing_of({{"accept", "a"},
                                  {"accept-encoding", "gzip"},
                                  {"accept-language", "de"},
                                  {"authorization", "x"},
                                  {"cookie", "y"},
                                  {"x-api-key", "z"},
                                  {"cache-control", "no-cache"},
                                  {"pragma", "no-cache"},
                                  {"sec-fetch-mode", "navigate"},
                                  {"proxy-anything", "x"},
                                  {"x-forwarded-for", "x"},
                                  {"x-forwarded", "x"},
                                  {"if-match", "x"},
                                  {"if-unmodified-since", "x"},
                                  {"content-length", "5"},
                                  {"expect", "100-continue"},
                                  {"max-forwards", "1"},
                                  {"origin", "http://x"},
                                  {"upgrade", "h2c"},
                                  {"bad name", "x"},
                                  {"x-lines", "a\r\nHost: b"}},
                                 "agent", "1.1 me");
    CHECK(names(out.fields) ==
          "accept accept-encoding accept-language authorization cookie x-api-key cache-control pragma ");
    CHECK(out.own == Headers{{"user-agent", "agent"}, {"via", "1.1 me"}});
    CHECK(out.control.no_cache);
    CHECK_FALSE(out.shareable);
    CHECK(outgoing_of({}, "", "").own.empty());
}

TEST_CASE("outgoing: the key is the URL and every field that is no negotiation") {
    CHECK(key({}) == key({{"accept", "a"},
                          {"accept-language", "de"},
                          {"cache-control", "no-cache"},
                          {"x-forwarded-host", "evil"}}));
    CHECK(key({}) == key({}, "http://A.example:80/x"));
    CHECK(key({}) != key({}, "http://a.example/X"));
    CHECK(key({}) != key({}, "https://a.example/x"));
    CHECK(key({}) != key({{"x-host", "evil"}}));
    CHECK(key({{"x-a", "1"}, {"x-b", "2"}}) == key({{"x-b", "2"}, {"x-a", "1"}}));
    CHECK(key({{"x-a", "1"}, {"x-a", "2"}}) != key({{"x-a", "2"}, {"x-a", "1"}}));
    CHECK(key({{"x-a", "1x-b2"}}) != key({{"x-a", "1"}, {"x-b", "2"}}));
}

TEST_CASE("outgoing: after a redirect only negotiation is left") {
    auto out = outgoing_of({{"authorization", "x"}, {"x-api-key", "z"}, {"accept", "a"}, {"cookie", "c"}},
                           "agent", "");
    out.drop_credentials();
    CHECK(names(out.fields) == "accept ");
    CHECK(out.shareable);
    CHECK(names(out.own) == "user-agent ");
}

TEST_CASE("field text: lists keep quoted commas together") {
    std::string_view rest = R"( a , "b, c" ,, d="e\",f" ,)";
    std::string_view element;
    std::string all;
    while (next_element(rest, element))
        all += "[" + std::string(element) + "]";
    CHECK(all == R"([a]["b, c"][d="e\",f"])");
}

TEST_CASE("field text: numbers are digits that fit") {
    unsigned long long value = 0;
    CHECK(parse_number("18446744073709551615", value));
    CHECK(value == UINT64_MAX);
    for (const char* text : {"", "-1", "+1", " 1", "1 ", "0x1", "18446744073709551616"})
        CHECK_FALSE(parse_number(text, value));
}

TEST_CASE("field text: tokens") {
    CHECK(is_token("X-A_b.c!#$%&'*+^`|~9"));
    for (const char* text : {"", "a b", "a:b", "a\tb", "caf\xc3\xa9", "a\"", "(a)", "a/b"})
        CHECK_FALSE(is_token(text));
}
