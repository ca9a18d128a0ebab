#include "tests/simulation/settings.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <variant>

namespace ferry::simulation {

namespace {

using Place = std::variant<std::uint32_t Settings::*, std::uint64_t Settings::*, double Settings::*, bool Settings::*, std::string Settings::*>;

struct Flag {
  const char* name;
  Place place;
  double least, most;
  const char* meaning;
};

const std::array<Flag, 19> kFlags{{
    {"--relays", &Settings::relays, 2, 1e5, "relays"},
    {"--clients", &Settings::clients, 1, 1e6, "clients"},
    {"--objects", &Settings::objects, 1, 1e7, "objects"},
    {"--fetches", &Settings::fetches, 1, 1e4, "fetches by each client"},
    {"--gap", &Settings::gap_seconds, 0.001, 1e6, "seconds between two of them, in the mean"},
    {"--zipf", &Settings::zipf, 0, 3, "exponent of the objects' popularity"},
    {"--median", &Settings::median_kib, 1, 65'536, "KiB of an object, in the middle"},
    {"--cache", &Settings::cache_mib, 1, 1e6, "MiB of each relay's memory for chunks"},
    {"--known", &Settings::known, 1, 512, "relays that a client chooses among"},
    {"--at-once", &Settings::at_once, 1, 16, "relays that bring parts of one object"},
    {"--choose", &Settings::choose, 0, 0, "best: by scores; order: as they were named"},
    {"--find", &Settings::find, 0, 1, "1: clients that choose by scores are told of other relays every ten minutes"},
    {"--liars", &Settings::liars, 0, 1, "share of relays that corrupt chunks or charge them double"},
    {"--dying", &Settings::dying, 0, 1, "share of relays that vanish in the middle"},
    {"--slow", &Settings::slow, 0, 1, "share of relays with a tenth of the rate"},
    {"--late", &Settings::late, 0, 1, "share of relays that start in the middle"},
    {"--lie-every", &Settings::lie_every, 0, 1, "share of a liar's chunks that are lies"},
    {"--patience", &Settings::patience_seconds, 0.01, 1e9, "seconds without a head until another relay is asked as well"},
    {"--seed", &Settings::seed, 0, 1.8e19, "from which all follows"},
}};

template <typename Number>
bool read_number(const std::string& text, const Flag& flag, Number& into) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return false;
  if (!(static_cast<double>(value) >= flag.least && static_cast<double>(value) <= flag.most)) return false;
  into = value;
  return true;
}

bool read_value(const std::string& text, const Flag&, std::string& into) {
  if (text != "best" && text != "order") return false;
  into = text;
  return true;
}

bool read_value(const std::string& text, const Flag&, bool& into) {
  if (text != "0" && text != "1") return false;
  into = text == "1";
  return true;
}

template <typename Number>
bool read_value(const std::string& text, const Flag& flag, Number& into) {
  return read_number(text, flag, into);
}

std::string shown(const std::string& value) { return value; }
template <typename Number>
std::string shown(Number value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.6g", static_cast<double>(value));
  return text;
}

}  // namespace

base::Result<Settings> read_settings(const std::vector<std::string>& words) {
  Settings settings;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    const Flag* flag = nullptr;
    for (const auto& known : kFlags) {
      if (words[i] == known.name) flag = &known;
    }
    if (flag == nullptr) return base::fail(base::refusal("unknown_flag", words[i] + " is no flag: see --help"));
    const bool good = i + 1 < words.size() && std::visit([&](auto place) { return read_value(words[i + 1], *flag, settings.*place); }, flag->place);
    if (!good) return base::fail(base::refusal("bad_value", words[i] + " wants a value that it can have: see --help"));
  }
  if (settings.liars + settings.dying + settings.slow + settings.late > 1) {
    return base::fail(base::refusal("bad_value", "--liars, --dying, --slow and --late are shares of one whole: together at most 1"));
  }
  return settings;
}

std::string help_text() {
  std::string text =
      "usage: ferry_simulation [FLAG VALUE]...\n"
      "Simulates relays and clients over virtual lines; the figures are one line of JSON (docs/simulation.md).\n\n";
  const Settings defaults;
  for (const auto& flag : kFlags) {
    auto line = std::string("  ") + flag.name;
    line.resize(16, ' ');
    line += flag.meaning;
    line += " (" + std::visit([&](auto place) { return shown(defaults.*place); }, flag.place) + ")\n";
    text += line;
  }
  return text;
}

}  // namespace ferry::simulation
