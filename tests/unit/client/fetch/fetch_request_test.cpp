#include "client/fetch/fetch_request.hpp"

#include <doctest/doctest.h>

#include "client/fetch/digest_check.hpp"
#include "client/fetch/quote_json.hpp"
#include "client/fetch/receipt.hpp"

#include <nlohmann/json.hpp>

#include "protocol/base/hash.hpp"

namespace ferry::client {

using base::Amount;

TEST_CASE("request: spelled anew it is the same request") {
  FetchRequest request;
  request.url = "HTTP://Origin.TEST:80/a#part";
  request.headers = {{"Accept", "x"}, {"Connection", "close"}, {"TE", "trailers"}, {"Range", "bytes=1-"}, {"If-None-Match", "\"x\""}};
  REQUIRE(make_canonical(request).has_value());
  CHECK(request.url == "http://origin.test/a");
  CHECK(request.headers == content::Headers{{"accept", "x"}});
}

TEST_CASE("request: what cannot be fetched is refused by reason") {
  const auto code = [](const std::function<void(FetchRequest&)>& change) {
    FetchRequest request;
    request.url = "http://origin.test/";
    change(request);
    const auto made = make_canonical(request);
    return made ? std::string() : made.error().code;
  };
  CHECK(code([](FetchRequest& r) { r.url = "ftp://origin.test/"; }) == "url_scheme");
  CHECK(code([](FetchRequest& r) { r.method = "POST"; }) == "method_not_allowed");
  CHECK(code([](FetchRequest& r) { r.headers = {{"a", "b\r\nc: d"}}; }) == "request_header");
  CHECK(code([](FetchRequest& r) { r.headers = {{"", "b"}}; }) == "request_header");
}

TEST_CASE("digest: the sha-256 of a Repr-Digest is found among others") {
  const auto hello = base::sha256(base::bytes_of("hello"));
  const auto of = [](const std::string& value) { return origin_digest({{"repr-digest", value}}); };
  CHECK(of("sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:") == hello);
  CHECK(of("sha-512=:AAAA:, sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:") == hello);
  for (const char* value : {"", "sha-512=:AAAA:", "sha-256=LPJNul", "sha-256=::", "sha-256=:!!!!ul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:", "sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="}) {
    CAPTURE(value);
    CHECK_FALSE(of(value).has_value());
  }
  CHECK_FALSE(origin_digest({}).has_value());
}

TEST_CASE("digest: Content-Digest and the older Digest are understood, and Repr-Digest goes first") {
  const auto hello = base::sha256(base::bytes_of("hello"));
  const std::string right = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", wrong = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCA=";
  CHECK(origin_digest({{"content-digest", "sha-256=:" + right + ":"}}) == hello);
  CHECK(origin_digest({{"content-digest", "sha-256=:" + wrong + ":"}, {"repr-digest", "sha-256=:" + right + ":;a=b"}}) == hello);
  CHECK(origin_digest({{"repr-digest", "sha-512=:AAAA:"}, {"digest", "SHA-256=" + right}}) == hello);
  CHECK(origin_digest({{"digest", "md5=AAAA, sha-256=" + right + " ,unixsum=1"}}) == hello);
  CHECK_FALSE(origin_digest({{"digest", "xsha-256=" + right}}).has_value());
  CHECK_FALSE(origin_digest({{"digest", "sha-256=:" + right + ":"}}).has_value());
  CHECK_FALSE(origin_digest({{"repr-digest", "xsha-256=:" + right + ":"}}).has_value());
}

TEST_CASE("request: what names content is canonical, and takes no headers with it") {
  const std::string digits(64, 'a');
  for (const auto& url : {"root:" + digits, "root:" + std::string(64, 'A'), "magnet:?dn=x&xt=urn:btmh:1220" + digits + "&tr=http://t/"}) {
    CAPTURE(url);
    FetchRequest request;
    request.url = url;
    request.headers = {{"cookie", "a"}};
    REQUIRE(make_canonical(request).has_value());
    CHECK(request.url == "root:" + digits);
    CHECK(request.root->hex() == digits);
    CHECK(request.headers.empty());
  }
  for (const auto& url : {std::string("root:"), "root:0x" + digits, "root:" + std::string(64, '0'), "root:" + digits + "0", std::string("magnet:?xt=urn:btih:00"),
                          std::string("magnet:?"), "magnet:?xt=urn:btmh:1220" + digits + "ff", "magnet:?yxt=urn:btmh:1220" + digits}) {
    CAPTURE(url);
    FetchRequest request;
    request.url = url;
    const auto made = make_canonical(request);
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().code == "content_name");
  }
}

TEST_CASE("digest: every digest that is known must agree, and enough must be known") {
  const auto right = base::sha256(base::bytes_of("a")), wrong = base::sha256(base::bytes_of("b"));
  DigestCheck check;
  CHECK_FALSE(check.is_needed());
  CHECK(check.check(right).has_value());
  check.least = content::VerificationLevel::origin_digest;
  CHECK(check.check(right).error().code == "verification_not_reached");
  check.of_origin = right;
  CHECK(check.check(right).has_value());
  CHECK(check.level() == content::VerificationLevel::origin_digest);
  check.of_user = wrong;
  CHECK(check.check(right).error().code == "checksum_mismatch");
}

TEST_CASE("receipt: has the members that scripts rely on") {
  Receipt receipt;
  receipt.url = "http://origin.test/";
  receipt.status = 200;
  receipt.bytes = 5;
  receipt.from("ferry://a").charged = *Amount::parse_btt("0.1");
  receipt.from("ferry://b").charged = *Amount::parse_btt("0.02");
  receipt.from("ferry://a").chunks = 1;
  receipt.milliseconds = 1500;
  const auto json = nlohmann::json::parse(receipt.to_json());
  CHECK(json["charged"] == "0.12");
  CHECK(json["sha256"].is_null());
  CHECK(json["root"].is_null());
  CHECK(json["verification"] == "relay");
  CHECK(json["seconds"] == 1.5);
  CHECK(json["relays"].size() == 2);
  CHECK(json["relays"][0] == nlohmann::json{{"relay", "ferry://a"}, {"chunks", 1}, {"cache_hits", 0}, {"charged", "0.1"}, {"refused_chunks", 0}, {"witnessed", 0}});
  for (const char* member : {"url", "status", "bytes", "chunks", "overhead_bytes", "resumed_from"}) CHECK(json.contains(member));
}

TEST_CASE("quote: shows its estimate and what that assumes") {
  pricing::Quote quote;
  quote.chunk_bytes = 256 * 1024;
  quote.hit_per_mib = Amount::btt(1);
  quote.miss_per_mib = Amount::btt(2);
  CHECK(quote_json("r", quote)["estimate"].is_null());
  quote.known_bytes = 2U << 20U;
  quote.cached_bytes = 1U << 20U;
  const auto json = quote_json("r", quote);
  CHECK(json["estimate"] == "3");
  CHECK(json["assumes"].get<std::string>().find("1048576") != std::string::npos);
}

}  // namespace ferry::client
