#include "client/front/field_text.hpp"

#include <algorithm>
#include <utility>

namespace ferry::client {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

bool is_token_character(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || kMarks.find(c) != std::string_view::npos;
}

bool is_value_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7f) || c == '\t';
}

}  // namespace

char lower_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower_case(std::string_view text) {
  std::string out{text};
  for (char& c : out) c = lower_case(c);
  return out;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower_case(x) == lower_case(y); });
}

bool is_token(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character); }

bool is_field_value(std::string_view text) { return std::all_of(text.begin(), text.end(), is_value_character); }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool list_has(std::string_view list, std::string_view member) {
  for (;;) {
    const auto comma = list.find(',');
    const auto entry = list.substr(0, comma);
    if (equal_ignoring_case(trimmed(entry.substr(0, entry.find(';'))), member)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

base::Unexpected http_fault(const char* code, std::string message) { return base::fail(base::peer_fault(code, std::move(message))); }

base::Result<HttpField> parse_field(std::string_view line) {
  if (!line.empty() && is_blank(line.front())) {
    return http_fault("http_folded_field", "a header field goes on in a second line, which HTTP no longer allows");
  }
  const auto colon = line.find(':');
  const auto name = line.substr(0, colon);
  if (colon == std::string_view::npos || !is_token(name)) {
    return http_fault("http_field_name", "'" + base::printable(name, 60) + "' is not the name of a header field");
  }
  const auto value = trimmed(line.substr(colon + 1));
  if (!is_field_value(value)) {
    return http_fault("http_field_value", "the header field '" + std::string(name.substr(0, 60)) + "' holds a control character");
  }
  return HttpField{std::string(name), lower_case(name), std::string(value)};
}

}  // namespace ferry::client
