#include "client/front/credentials.hpp"

#include <doctest/doctest.h>

namespace ferry::client {

TEST_CASE("credentials: equal means user and password, each by itself") {
  const Credentials one{"user", "password"};
  CHECK(are_equal(one, {"user", "password"}));
  CHECK_FALSE(are_equal(one, {"user", "passwore"}));
  CHECK_FALSE(are_equal(one, {"User", "password"}));
  CHECK_FALSE(are_equal(one, {"userp", "assword"}));
  CHECK_FALSE(are_equal(one, {"", ""}));
}

TEST_CASE("credentials: Basic") {
  // RFC 7617 section 2.
  const auto known = parse_basic("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  REQUIRE(known);
  CHECK(known->user == "Aladdin");
  CHECK(known->password == "open sesame");
  CHECK(parse_basic("basic   YTpiOmM=")->password == "b:c");
  CHECK(parse_basic("Basic Og==")->user.empty());
  CHECK(parse_basic("Basic YTr/+w==")->password == "\xff\xfb");
  for (const auto* bad : {"", "Basic", "Basic ", "Basic YWJj", "Basic YTpiOmM", "Basic YTp=Yg==", "Basic =YTp", "Basic YTp-",
                          "Basic YTpi====", "Bearer YTpi", "BasicYTpi"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_basic(bad));
  }
}

TEST_CASE("credentials: an app's name is short and printable") {
  CHECK(app_name("curl") == "curl");
  CHECK(app_name("a\r\nb") == "a??b");
  CHECK(app_name(std::string(300, 'x')).size() == 255);
}

}  // namespace ferry::client
