#include "relay/content/field_text.hpp"

#include <algorithm>
#include <charconv>

namespace ferry::relay::content {

using std::string_view_literals::operator""sv;

namespace {

constexpr auto kBlank = " \t"sv;
constexpr auto kTokenSigns = "!#$%&'*+-.^_`|~"sv;

constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool is_letter_or_digit(char c) {
    const char small = lower(c);
    return (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9');
}

/// Where the element that starts `text` ends.
std::size_t element_end(std::string_view text) {
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quoted && text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            quoted = !quoted;
        } else if (text[i] == ',' && !quoted) {
            return i;
        }
    }
    return text.size();
}

}  // namespace

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string lower_case(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return is_letter_or_digit(c) || kTokenSigns.find(c) != std::string_view::npos;
    });
}

bool next_element(std::string_view& rest, std::string_view& element) {
    while (!rest.empty()) {
        const auto end = element_end(rest);
        element = trimmed(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (!element.empty()) return true;
    }
    return false;
}

bool parse_number(std::string_view digits, unsigned long long& out) {
    if (digits.empty() || digits.front() == '-') return false;
    const auto* end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, out);
    return error == std::errc{} && stopped == end;
}

}  // namespace ferry::relay::content
