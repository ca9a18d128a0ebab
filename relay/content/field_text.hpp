#pragma once
// The small grammar that HTTP field values share: tokens, lists, blanks, letter case. Text only; no field's
// meaning.

#include <string>
#include <string_view>

namespace ferry::relay::content {

/// Without spaces and tabs at both ends.
std::string_view trimmed(std::string_view text);

std::string lower_case(std::string_view text);

/// Letters compare without case.
bool equal_ignoring_case(std::string_view a, std::string_view b);

/// One or more of the characters that names may have. Source: RFC 9110 section 5.6.2.
bool is_token(std::string_view text);

/// Takes the next element of a comma-separated list off `rest`, trimmed; commas in quoted strings do not
/// divide. Empty elements are left out. False at the end. Source: RFC 9110 section 5.6.1.
bool next_element(std::string_view& rest, std::string_view& element);

/// Decimal digits only, no sign. False when empty, when anything else stands there or when it does not fit.
bool parse_number(std::string_view digits, unsigned long long& out);

}  // namespace ferry::relay::content
