#include "client/front/field_text.hpp"

#include <doctest/doctest.h>

namespace ferry::client {

TEST_CASE("field text: members of a comma list") {
  CHECK(list_has("close", "close"));
  CHECK(list_has("a, Close ,b", "close"));
  CHECK(list_has("a;q=1, trailers;q=0.5", "trailers"));
  CHECK(list_has(",,close", "close"));
  CHECK_FALSE(list_has("", "close"));
  CHECK_FALSE(list_has("closed, not-close", "close"));
  CHECK_FALSE(list_has("a b", "a"));
}

TEST_CASE("field text: tokens and values") {
  CHECK(is_token("X-a.b!#$%&'*+^_`|~9"));
  for (const auto* bad : {"", "a b", "a:", "a(", "\xc3\xa4", "a\t", "a/"}) CHECK_FALSE(is_token(bad));
  CHECK(is_field_value("a\tb \xff"));
  CHECK_FALSE(is_field_value(std::string_view("a\0b", 3)));
  CHECK_FALSE(is_field_value("a\x7f"));
  CHECK(trimmed(" \ta b\t ") == "a b");
  CHECK(trimmed(" ").empty());
}

TEST_CASE("field text: a line is a name and a value") {
  const auto field = parse_field("X-Odd: \t a:b ").value();
  CHECK(field.name == "X-Odd");
  CHECK(field.lower == "x-odd");
  CHECK(field.value == "a:b");
  CHECK(parse_field("").error().code == "http_field_name");
}

}  // namespace ferry::client
