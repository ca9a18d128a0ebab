// docs/exit-policy.md tells operators what is refused: it must name every row of the built-in tables.

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "relay/exit/bogons.hpp"
#include "relay/exit/special_names.hpp"

namespace {

using namespace ferry::relay::exit;

std::string document() {
  std::ifstream file{FERRY_SOURCE_DIR "/docs/exit-policy.md"};
  return {std::istreambuf_iterator<char>{file}, {}};
}

TEST_CASE("exit policy docs: every built-in range stands there with its code") {
  const std::string text = document();
  for (const Bogon& bogon : bogons()) {
    CAPTURE(bogon.range.to_string());
    const std::size_t range = text.find("`" + bogon.range.to_string() + "`", text.find("### Built-in tables"));
    REQUIRE(range != std::string::npos);
    const std::string row = text.substr(range, text.find('\n', range) - range);
    CHECK(row.find("`" + std::string{bogon.code} + "`") != std::string::npos);
  }
}

TEST_CASE("exit policy docs: every metadata address and special name stands there") {
  const std::string text = document();
  for (const auto& address : metadata_addresses()) {
    CAPTURE(address.to_string());
    CHECK(text.find("`" + address.to_string() + "`") != std::string::npos);
  }
  for (const auto list : {local_domains(), metadata_domains()}) {
    for (const std::string_view name : list) {
      CAPTURE(name);
      CHECK(text.find("`" + std::string{name} + "`") != std::string::npos);
    }
  }
}

}  // namespace
