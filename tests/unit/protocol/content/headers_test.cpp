#include "protocol/content/manifest.hpp"

#include <doctest/doctest.h>

using namespace ferry;
using content::find_header;
using content::Headers;
using content::request_hash;

namespace {

constexpr std::string_view kUrl = "https://example.org/file?x=1";
constexpr std::string_view kPlain = "1b43c862741395bf760b7ee13f93aad7d36de78ee21ab6ac8791661e16631fc0";

}  // namespace

TEST_CASE("headers: a field is found by its name, the first of several, none if it is missing") {
    const Headers headers{{"etag", "\"a\""}, {"x-twice", "1"}, {"x-twice", "2"}, {"x-empty", ""}};
    CHECK(find_header(headers, "etag") == "\"a\"");
    CHECK(find_header(headers, "x-twice") == "1");
    CHECK(find_header(headers, "x-empty") == "");
    CHECK_FALSE(find_header(headers, "content-length").has_value());
}

TEST_CASE("headers: fields of one connection are told from those of the message") {
    for (const char* name : {"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer",
                             "proxy-authorization", "proxy-authenticate", "proxy-connection"}) {
        CHECK(content::is_hop_by_hop(name));
    }
    for (const char* name : {"content-type", "etag", "connections", ""})
        CHECK_FALSE(content::is_hop_by_hop(name));
}

TEST_CASE("request hash: fixed vectors, computed by a separate program") {
    CHECK(request_hash("GET", kUrl, {}).hex() == kPlain);
    CHECK(request_hash("GET", kUrl, {{"accept", "text/html"}, {"accept-language", "en"}}).hex() ==
          "72fc9021f058d7aa9ba27ae6991ef96cda55c6cd4793f571c64e4fe385dfd639");
}

TEST_CASE("request hash: method, URL and selecting headers change it, the order of headers does not") {
    const Headers headers{{"accept", "text/html"}, {"accept-language", "en"}};
    const Headers turned{headers[1], headers[0]};
    const auto hash = request_hash("GET", kUrl, headers);
    CHECK(request_hash("GET", kUrl, turned) == hash);
    CHECK(request_hash("HEAD", kUrl, headers) != hash);
    CHECK(request_hash("GET", "https://example.org/file?x=2", headers) != hash);
    CHECK(request_hash("GET", kUrl, {headers[0]}) != hash);
    CHECK(request_hash("GET", kUrl, {{"accept", "text/html"}, {"accept-language", "de"}}) != hash);
}

TEST_CASE("request hash: parts cannot be shifted from one field into its neighbour") {
    CHECK(request_hash("GET", kUrl, {{"a", "bc"}}) != request_hash("GET", kUrl, {{"ab", "c"}}));
    CHECK(request_hash("GET", kUrl, {{"a", "b"}, {"c", "d"}}) != request_hash("GET", kUrl, {{"a", "bcd"}}));
    CHECK(request_hash("GETh", "ttp://a/", {}) != request_hash("GET", "http://a/", {}));
}

TEST_CASE("request hash: ranges, conditions and hops do not change it") {
    const Headers headers{{"range", "bytes=0-9"},  {"if-range", "\"a\""},         {"if-none-match", "\"a\""},
                          {"connection", "close"}, {"cache-control", "no-cache"}, {"host", "example.org"}};
    CHECK(request_hash("GET", kUrl, headers).hex() == kPlain);
}

TEST_CASE("request hash: a witness's charges have a name of their own") {
    const auto plain = request_hash("GET", kUrl, {});
    CHECK(witness_hash(plain) != plain);
    CHECK(witness_hash(plain) != witness_hash(request_hash("HEAD", kUrl, {})));
    // sha256("ferry.1 witness" || plain), by another program.
    CHECK(witness_hash(plain).hex() == "7899b71dd4cd96b12898498bf1dc677407d76f20d4ab3a420477119227d16176");
}
