#include "protocol/base/url.hpp"

#include <doctest/doctest.h>

#include "tests/unit/protocol/base/code_of.hpp"

using namespace ferry::base;

namespace {

struct UrlSpelling {
  const char* text;
  const char* canonical;
};

struct RefusedUrl {
  const char* text;
  const char* code;
};

Url url(const std::string& text) { return Url::parse(text).value(); }

}  // namespace

TEST_CASE("url: its parts") {
  const Url plain = url("http://Example.com");
  CHECK(plain.scheme == "http");
  CHECK(plain.host.to_string() == "example.com");
  CHECK(plain.port == 80);
  CHECK(plain.path_and_query == "/");
  CHECK(plain.has_default_port());
  CHECK(plain.authority() == "example.com");

  const Url full = url("HTTPS://[2001:DB8::1]:8443/a/b?c=d#e");
  CHECK(full.scheme == "https");
  CHECK(full.port == 8443);
  CHECK(full.path_and_query == "/a/b?c=d");
  CHECK_FALSE(full.has_default_port());
  CHECK(full.authority() == "[2001:db8::1]:8443");
  CHECK(url("https://h").port == 443);
  CHECK_FALSE(url("https://h:80").has_default_port());
}

TEST_CASE("url: spellings of one URL give one text") {
  constexpr UrlSpelling kSpellings[] = {
      {"http://example.com", "http://example.com/"},
      {"HTTP://EXAMPLE.COM/", "http://example.com/"},
      {"http://example.com.:80/", "http://example.com/"},
      {"http://example.com:", "http://example.com/"},
      {"http://example.com:0080/", "http://example.com/"},
      {"http://example.com:443/", "http://example.com:443/"},
      {"https://example.com:443/", "https://example.com/"},
      {"http://example.com?q", "http://example.com/?q"},
      {"http://example.com/?", "http://example.com/?"},
      {"http://example.com#f", "http://example.com/"},
      {"http://example.com/#", "http://example.com/"},
      {"http://example.com/a#b?c", "http://example.com/a"},
      {"http://example.com/a?b#c?d", "http://example.com/a?b"},
      {"http://example.com/a/../b", "http://example.com/b"},
      {"http://example.com/a/./b/.", "http://example.com/a/b/"},
      {"http://example.com/a/b/..", "http://example.com/a/"},
      {"http://example.com/../../a", "http://example.com/a"},
      {"http://example.com/a/%2e%2E/b", "http://example.com/b"},
      {"http://example.com/a/.%2e/b", "http://example.com/b"},
      {"http://example.com/%2e/b", "http://example.com/b"},
      {"http://example.com/...", "http://example.com/..."},
      {"http://example.com/.a/..b", "http://example.com/.a/..b"},
      {"http://example.com//a//", "http://example.com//a//"},
      {"http://example.com/a?../b", "http://example.com/a?../b"},
      {"http://example.com/{x}|\"<>^`", "http://example.com/%7Bx%7D|%22%3C%3E%5E%60"},
      {"http://example.com/?'{\"<>}'", "http://example.com/?%27{%22%3C%3E}%27"},
      {"http://example.com/%41%zz%", "http://example.com/%41%zz%"},
      {"http://example.com/a@b:c", "http://example.com/a@b:c"},
      {"http://example.com/?a\\b", "http://example.com/?a\\b"},
      {"http://2130706433/", "http://127.0.0.1/"},
      {"http://0x7f.1:8080/x", "http://127.0.0.1:8080/x"},
      {"http://0177.0.0.1", "http://127.0.0.1/"},
      {"http://127.1?x", "http://127.0.0.1/?x"},
      {"http://[0:0::1]:80", "http://[::1]/"},
      {"http://[::ffff:7f00:1]/", "http://[::ffff:127.0.0.1]/"},
      {"http://localhost./", "http://localhost/"},
      {"hTtPs://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"},
  };
  for (const auto& [text, canonical] : kSpellings) {
    CAPTURE(text);
    const auto parsed = Url::parse(text);
    REQUIRE(parsed.has_value());
    CHECK(parsed->to_string() == canonical);
    CHECK(Url::parse(canonical).value() == *parsed);
  }
}

TEST_CASE("url: refusals have their codes") {
  constexpr RefusedUrl kRefused[] = {
      {"", "url_scheme"},
      {"example.com", "url_scheme"},
      {"//example.com", "url_scheme"},
      {"/path", "url_scheme"},
      {"http", "url_scheme"},
      {"http:", "url_scheme"},
      {"http:/example.com", "url_scheme"},
      {"http:example.com", "url_scheme"},
      {"ftp://example.com", "url_scheme"},
      {"file:///etc/passwd", "url_scheme"},
      {"gopher://example.com", "url_scheme"},
      {"javascript:alert(1)", "url_scheme"},
      {"httpx://example.com", "url_scheme"},
      {"1http://example.com", "url_scheme"},
      {"http://", "host_empty"},
      {"http:///example.com", "host_empty"},
      {"http://:80/", "host_empty"},
      {"http://?q", "host_empty"},
      {"http://#f", "host_empty"},
      {"http://user@example.com", "url_userinfo"},
      {"http://user:pass@example.com", "url_userinfo"},
      {"http://@example.com", "url_userinfo"},
      {"http://example.com@127.0.0.1/", "url_userinfo"},
      {"http://example.com:80@127.0.0.1/", "url_userinfo"},
      {"http://example.com:0/", "url_port"},
      {"http://example.com:65536/", "url_port"},
      {"http://example.com:99999999999999999999/", "url_port"},
      {"http://example.com:8a/", "url_port"},
      {"http://example.com:-80/", "url_port"},
      {"http://example.com:+80/", "url_port"},
      {"http://a:b:80/", "url_port"},
      {"http://::1/", "url_port"},
      {" http://example.com", "url_character"},
      {"http://example.com ", "url_character"},
      {"http://exam\tple.com", "url_character"},
      {"http://example.com/a\nb", "url_character"},
      {"http://example.com/\x7f", "url_character"},
      {"http://example.com/\xc3\xa4", "url_character"},
      {"http://\xef\xbc\x91.1.1.1/", "url_character"},
      {"http:\\\\example.com", "url_character"},
      {"http://example.com\\@127.0.0.1/", "url_character"},
      {"http://example.com/a\\b", "url_character"},
      {"http://exa%6dple.com/", "host_character"},
      {"http://%31%32%37.0.0.1/", "host_character"},
      {"http://example.com%2f@x/", "url_userinfo"},
      {"http://example.com;x/", "host_character"},
      {"http://1.2.3.256/", "host_number"},
      {"http://foo.1/", "host_number"},
      {"http://a..b/", "host_label"},
      {"http://[::1/", "host_ipv6"},
      {"http://[::1]x:80/", "host_ipv6"},
      {"http://[fe80::1%25lo]/", "host_zone_id"},
  };
  for (const auto& [text, code] : kRefused) {
    CAPTURE(text);
    CHECK(code_of(Url::parse(text)) == code);
  }
  CHECK(code_of(Url::parse(std::string_view{"http://a\0b/", 11})) == "url_character");
}

TEST_CASE("url: refusals are the asker's to mend and quote little of what was sent") {
  const auto refused = Url::parse("gopher://" + std::string(5000, 'x'));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::refusal);
  CHECK(refused.error().message.size() < 250);
}

TEST_CASE("url: at most 8192 bytes, counted as sent and as encoded") {
  const std::string head = "http://h/";
  const std::string fits = head + std::string(Url::kMaxLength - head.size(), 'a');
  CHECK(url(fits).to_string() == fits);
  CHECK(code_of(Url::parse(fits + "a")) == "url_too_long");
  CHECK(code_of(Url::parse(head + std::string(5000, '<'))) == "url_too_long");
  CHECK(code_of(Url::parse("http://h?" + std::string(Url::kMaxLength - 9, 'a'))) ==
        "url_too_long");  // the '/' that is added is one too many
}

TEST_CASE("url: references resolve as RFC 3986 section 5.4 says") {
  const Url base = url("http://a/b/c/d;p?q");
  constexpr UrlSpelling kReferences[] = {
      {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},
      {"//g", "http://g/"},
      {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},
      {"#s", "http://a/b/c/d;p?q"},
      {"g#s", "http://a/b/c/g"},
      {"g?y#s", "http://a/b/c/g?y"},
      {";x", "http://a/b/c/;x"},
      {"g;x?y#s", "http://a/b/c/g;x?y"},
      {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},
      {"./", "http://a/b/c/"},
      {"..", "http://a/b/"},
      {"../", "http://a/b/"},
      {"../g", "http://a/b/g"},
      {"../..", "http://a/"},
      {"../../", "http://a/"},
      {"../../g", "http://a/g"},
      {"../../../g", "http://a/g"},
      {"../../../../g", "http://a/g"},
      {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},
      {"g.", "http://a/b/c/g."},
      {".g", "http://a/b/c/.g"},
      {"g..", "http://a/b/c/g.."},
      {"..g", "http://a/b/c/..g"},
      {"./../g", "http://a/b/g"},
      {"./g/.", "http://a/b/c/g/"},
      {"g/./h", "http://a/b/c/g/h"},
      {"g/../h", "http://a/b/c/h"},
      {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
      {"g;x=1/../y", "http://a/b/c/y"},
      {"g?y/./x", "http://a/b/c/g?y/./x"},
      {"g?y/../x", "http://a/b/c/g?y/../x"},
      {"g#s/../x", "http://a/b/c/g"},
      {"?u=http://other/", "http://a/b/c/d;p?u=http://other/"},
      {"https://other:444/x", "https://other:444/x"},
      {"HTTP://OTHER", "http://other/"},
      {"1:2", "http://a/b/c/1:2"},
      {"./x:y", "http://a/b/c/x:y"},
  };
  for (const auto& [reference, expected] : kReferences) {
    CAPTURE(reference);
    const auto resolved = base.resolve(reference);
    REQUIRE(resolved.has_value());
    CHECK(resolved->to_string() == expected);
  }
}

TEST_CASE("url: a reference keeps scheme, host and port unless it names others") {
  const Url base = url("https://[::1]:8443/x/y");
  CHECK(base.resolve("z")->to_string() == "https://[::1]:8443/x/z");
  CHECK(base.resolve("/z")->to_string() == "https://[::1]:8443/z");
  CHECK(base.resolve("//127.1/z")->to_string() == "https://127.0.0.1/z");
  CHECK(url("http://h").resolve("x")->to_string() == "http://h/x");
  CHECK(url("http://h?a/b").resolve("x")->to_string() == "http://h/x");
}

TEST_CASE("url: a reference is as strictly read as a URL") {
  const Url base = url("http://a/b");
  CHECK(code_of(base.resolve("ftp://x/")) == "url_scheme");
  CHECK(code_of(base.resolve("javascript:x")) == "url_scheme");
  CHECK(code_of(base.resolve("http:x")) == "url_scheme");
  CHECK(code_of(base.resolve("//user@x/")) == "url_userinfo");
  CHECK(code_of(base.resolve("//")) == "host_empty");
  CHECK(code_of(base.resolve("///x")) == "host_empty");
  CHECK(code_of(base.resolve("\\\\x")) == "url_character");
  CHECK(code_of(base.resolve("/a b")) == "url_character");
  CHECK(code_of(base.resolve("//1.2.3.256/")) == "host_number");
  CHECK(code_of(base.resolve(std::string(Url::kMaxLength + 1, 'a'))) == "url_too_long");
  CHECK(code_of(base.resolve(std::string(Url::kMaxLength, 'a'))) == "url_too_long");
}
