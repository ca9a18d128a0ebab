#include "client/fetch/partial_state.hpp"

#include <doctest/doctest.h>

#include "protocol/content/geometry.hpp"

namespace ferry::client {

using base::Amount;

namespace {

const base::Hash256 kHash{{1, 2, 3}};

std::string sample_lines() {
  return PartialState::line_of_url("http://o.test/") + PartialState::line_of_head("\"v\"", 300'000) + PartialState::line_of_chunk(0, kHash, Amount::btt(2)) +
         PartialState::line_of_chunk(1, kHash, *Amount::parse_btt("0.5"));
}

}  // namespace

TEST_CASE("partial state: reads what it writes") {
  const auto state = PartialState::parse(sample_lines());
  CHECK(state.url == "http://o.test/");
  CHECK(state.validator == "\"v\"");
  CHECK(state.length == 300'000);
  CHECK(state.chunks == std::map<std::uint64_t, base::Hash256>{{0, kHash}, {1, kHash}});
  CHECK(state.charged == *Amount::parse_btt("2.5"));
}

TEST_CASE("partial state: cut at any byte it gives what the whole lines say") {
  const auto text = sample_lines();
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const auto state = PartialState::parse(std::string_view(text).substr(0, cut));
    const auto lines = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(cut), '\n');
    CHECK(state.url.empty() == (lines < 1));
    CHECK(state.length.has_value() == (lines >= 2));
    CHECK(state.chunks.size() == static_cast<std::size_t>(std::max<std::ptrdiff_t>(lines - 2, 0)));
  }
}

TEST_CASE("partial state: an unknown length, and lines that say nothing true, are left out") {
  const auto hash = kHash.hex();
  const auto state = PartialState::parse(PartialState::line_of_url("http://o.test/") + PartialState::line_of_head("", std::nullopt) +
                                         "nonsense\n[1,2]\n{\"chunk\":-1,\"hash\":\"" + hash + "\"}\n{\"chunk\":1,\"hash\":\"zz\"}\n{\"chunk\":" +
                                         std::to_string(content::kMaxChunks) + ",\"hash\":\"" + hash + "\"}\n{\"length\":99999999999999999}\n{\"charge\":1e9}\n\n");
  CHECK(state.url == "http://o.test/");
  CHECK(state.chunks.empty());
  CHECK_FALSE(state.length.has_value());
  CHECK(state.charged.is_zero());
}

}  // namespace ferry::client
