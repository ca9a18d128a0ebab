#include "client/status/shown_text.hpp"

#include <algorithm>
#include <iterator>

namespace ferry::client {

namespace {

constexpr std::string_view kThinSpace = "\xe2\x80\xaf";  // U+202F, which does not break

std::string two_digits(std::int64_t value) { return (value < 10 ? "0" : "") + std::to_string(value); }

std::string with_thousands(std::string_view digits) {
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i != 0 && (digits.size() - i) % 3 == 0) out += kThinSpace;
    out += digits[i];
  }
  return out;
}

}  // namespace

std::string short_btt(base::Amount amount) {
  const std::string exact = amount.to_btt();
  const auto point = exact.find('.');
  const std::string_view whole = std::string_view(exact).substr(0, point);
  std::string places = point == std::string::npos ? std::string{} : exact.substr(point + 1, whole.size() > 2 ? 2 : 4);
  while (!places.empty() && places.back() == '0') places.pop_back();
  if (whole == "0" && places.empty()) return amount.is_zero() ? "0" : "<0.0001";
  return with_thousands(whole) + (places.empty() ? "" : "." + places);
}

std::string short_bytes(std::uint64_t bytes) {
  static constexpr std::string_view kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  std::uint64_t tenths = std::min(bytes, UINT64_MAX / 10) * 10;
  while (tenths >= 10'240 && unit + 1 < std::size(kUnits)) {
    tenths /= 1024;
    ++unit;
  }
  const bool is_whole = unit == 0 || tenths >= 1'000;
  return std::to_string(tenths / 10) + (is_whole ? "" : "." + std::to_string(tenths % 10)) + " " + std::string(kUnits[unit]);
}

std::string short_age(base::Duration age) {
  const auto seconds = std::max<std::int64_t>(age.count() / 1000, 0);
  const auto minutes = seconds / 60;
  if (minutes == 0) return std::to_string(seconds) + " s";
  if (minutes < 60) return std::to_string(minutes) + " min";
  const auto hours = minutes / 60;
  if (hours < 24) return std::to_string(hours) + " h " + std::to_string(minutes % 60) + " min";
  return std::to_string(hours / 24) + " d " + std::to_string(hours % 24) + " h";
}

std::string clock_text(base::Time time) {
  const auto minutes = std::max<std::int64_t>(time.unix_seconds() / 60, 0);
  return two_digits(minutes / 60 % 24) + ":" + two_digits(minutes % 60);
}

}  // namespace ferry::client
