#include "protocol/base/html_text.hpp"
#include "protocol/base/result.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "tests/unit/protocol/base/code_of.hpp"

using namespace ferry::base;

namespace {

Result<int> half(int value) {
  if (value % 2 != 0) return fail(refusal("odd", "give an even number"));
  return value / 2;
}

Result<int> quarter(int value) {
  FERRY_TRY(const int once, half(value));
  FERRY_TRY(const int twice, half(once));
  return twice;
}

Result<void> check_multiple_of_four(int value) {
  FERRY_CHECK(quarter(value));
  return {};
}

Result<std::unique_ptr<int>> owned(int value) {
  FERRY_TRY(const int result, half(value));
  return std::make_unique<int>(result);
}

Result<int> out_of_owned(int value) {
  FERRY_TRY(auto pointer, owned(value));
  return *pointer;
}

}  // namespace

TEST_CASE("result: each maker sets its kind") {
  CHECK(refusal("a", "b") == Error{ErrorKind::refusal, "a", "b"});
  CHECK(peer_fault("a", "b").kind == ErrorKind::peer_fault);
  CHECK(environment("a", "b").kind == ErrorKind::environment);
  CHECK(bug("a", "b").kind == ErrorKind::bug);
}

TEST_CASE("result: kinds have the names that logs and metrics use") {
  CHECK(to_string(ErrorKind::refusal) == "refusal");
  CHECK(to_string(ErrorKind::peer_fault) == "peer_fault");
  CHECK(to_string(ErrorKind::environment) == "environment");
  CHECK(to_string(ErrorKind::bug) == "bug");
}

TEST_CASE("result: FERRY_TRY yields the value or hands the error on") {
  CHECK(quarter(12).value() == 3);
  CHECK(code_of(quarter(6)) == "odd");
  CHECK(code_of(quarter(5)) == "odd");
  CHECK(out_of_owned(8).value() == 4);
  CHECK(code_of(out_of_owned(7)) == "odd");
}

TEST_CASE("result: FERRY_CHECK drops the value and hands the error on") {
  CHECK(check_multiple_of_four(8).has_value());
  CHECK(code_of(check_multiple_of_four(2)) == "odd");
}

TEST_CASE("result: printable text is bounded and pure ASCII") {
  CHECK(printable("plain ~text") == "plain ~text");
  CHECK(printable("a\nb\x1b[31m\x7f\xc3\xa4") == "a?b?[31m???");
  CHECK(printable(std::string_view{"a\0b", 3}) == "a?b");
  CHECK(printable("abcdef", 3) == "abc");
  CHECK(printable(std::string(1000, 'x')).size() == 200);
  CHECK(printable("").empty());
}

TEST_CASE("html text: nothing in it is markup") {
  CHECK(html_text(R"(<a href="x">'&)") == "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
  CHECK(html_text("plain") == "plain");
}
