#include "client/front/byte_range.hpp"

#include <algorithm>

#include "client/front/field_text.hpp"

namespace ferry::client {

namespace {

std::optional<std::uint64_t> parse_number(std::string_view digits) {
  if (digits.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    value = value > (UINT64_MAX - digit) / 10 ? UINT64_MAX : value * 10 + digit;
  }
  return value;
}

}  // namespace

std::optional<AskedRange> parse_range(std::string_view field_value) {
  constexpr std::string_view kUnit = "bytes=";
  if (!equal_ignoring_case(field_value.substr(0, kUnit.size()), kUnit)) return std::nullopt;
  const auto text = field_value.substr(kUnit.size());
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto before = text.substr(0, dash);
  const auto after = text.substr(dash + 1);
  const auto last = parse_number(after);
  if (!last && !after.empty()) return std::nullopt;
  if (before.empty()) return last ? std::optional{AskedRange{std::nullopt, std::nullopt, *last}} : std::nullopt;
  const auto first = parse_number(before);
  if (!first || (last && *last < *first)) return std::nullopt;
  return AskedRange{first, last, 0};
}

std::optional<BytePart> resolve(const AskedRange& range, std::uint64_t length) {
  if (length == 0) return std::nullopt;
  if (!range.first) {
    if (range.count == 0) return std::nullopt;
    return BytePart{length - std::min(range.count, length), length - 1};
  }
  if (*range.first >= length) return std::nullopt;
  return BytePart{*range.first, std::min(range.last.value_or(length - 1), length - 1)};
}

bool if_range_holds(std::string_view if_range, const content::Headers& response) {
  const auto validator = content::find_header(response, if_range.starts_with('"') ? "etag" : "last-modified");
  return !if_range.empty() && validator == if_range;
}

}  // namespace ferry::client
