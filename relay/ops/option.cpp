#include "relay/ops/option.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace ferry::relay {

std::string Option::flag() const {
  std::string out = "--" + key;
  std::ranges::replace(out, '_', '-');
  std::ranges::replace(out, '.', '-');
  return out;
}

std::string Option::environment() const {
  std::string out = "FERRY_";
  for (const char c : key) out += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

const Option* find_option(std::string_view key) {
  const auto& table = option_table();
  const auto found = std::ranges::find(table, key, &Option::key);
  return found == table.end() ? nullptr : &*found;
}

namespace {

/// How many letters must be put in, taken out or replaced.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest(std::string_view text, const std::vector<std::string>& known) {
  constexpr std::size_t kLongest = 64;
  const auto tried = text.substr(0, kLongest);
  std::string best;
  // A third of the letters may be wrong: more is another word.
  std::size_t best_distance = std::max<std::size_t>(2, tried.size() / 3) + 1;
  for (const auto& name : known) {
    const auto distance = edit_distance(tried, name);
    if (distance < best_distance) {
      best_distance = distance;
      best = name;
    }
  }
  return best;
}

}  // namespace ferry::relay
