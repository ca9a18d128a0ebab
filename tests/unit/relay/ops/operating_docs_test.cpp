// docs/operating.md: its table of settings is the table of options, its table of metrics is what /metrics gives.

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "relay/ops/metrics.hpp"
#include "relay/ops/option.hpp"
#include "tests/unit/relay/ops/relay_samples.hpp"

using namespace ferry::relay;

namespace {

const std::string& document() {
  static const std::string text = [] {
    std::ifstream file(FERRY_SOURCE_DIR "/docs/operating.md");
    return std::string{std::istreambuf_iterator<char>(file), {}};
  }();
  return text;
}

std::size_t count_lines_with(const std::string& start) {
  std::size_t count = 0;
  for (auto at = document().find("\n" + start); at != std::string::npos; at = document().find("\n" + start, at + 1)) ++count;
  return count;
}

/// As it stands in a cell of a table.
std::string cell(std::string text) {
  for (auto bar = text.find('|'); bar != std::string::npos; bar = text.find('|', bar + 2)) text.insert(bar, "\\");
  return text;
}

std::string row_of(const Option& option) {
  std::string shown;
  for (const auto& value : option.get(RelaySettings{})) shown += (shown.empty() ? "" : ", ") + value;
  if (!shown.empty()) shown = "`" + shown + "`";
  return "\n| `" + option.flag() + "` | `" + option.key + "` | " + cell(option.value) + " | " + shown + " | " + option.help + " |\n";
}

}  // namespace

TEST_CASE("operating document: every setting stands there with its default, and no other does") {
  for (const auto& option : option_table()) {
    CAPTURE(row_of(option));
    CHECK(document().find(row_of(option)) != std::string::npos);
  }
  CHECK(count_lines_with("| `--") == option_table().size());
}

TEST_CASE("operating document: every metric stands there, and no other does") {
  const test::SampleStatus sample;
  std::istringstream lines(metrics_text(sample.status));
  std::size_t families = 0;
  std::string line, help;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string hash, what, name, type;
    words >> hash >> what >> name >> type;
    if (what == "HELP") help = line.substr(line.find(name) + name.size() + 1);
    if (what != "TYPE") continue;
    ++families;
    CAPTURE(name);
    const auto row = document().find("\n| `" + name + "` | " + type + " | ");
    REQUIRE(row != std::string::npos);
    const auto end = document().find('\n', row + 1);
    CHECK(document().substr(row, end - row).ends_with(" | " + help + " |"));
  }
  CHECK(count_lines_with("| `ferry_relay_") == families);
}
