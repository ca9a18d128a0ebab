#pragma once
// The small rules of HTTP text (tokens, blanks, lists, field lines) that the proxy's front shares. Source: RFC 9110 section 5.

#include <string>
#include <string_view>

#include "protocol/base/result.hpp"

namespace ferry::client {

char lower_case(char c);
std::string lower_case(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);
bool is_token(std::string_view text);
/// No control character but the tab. Bytes above 0x7f are let through, as RFC 9110 section 5.5 has it (obs-text).
bool is_field_value(std::string_view text);
/// Without blanks and tabs at both ends.
std::string_view trimmed(std::string_view text);
/// Whether a comma list ("close, TE") names `member`, in any case; parameters behind a ';' are not looked at.
bool list_has(std::string_view list, std::string_view member);

struct HttpField {
  std::string name;   ///< as it was sent
  std::string lower;  ///< the name in lower case
  std::string value;  ///< without outer blanks
};

/// What an app sent that no HTTP/1 request may hold: a peer_fault.
base::Unexpected http_fault(const char* code, std::string message);

/// One line without its CRLF. Errors: peer_fault "http_folded_field", "http_field_name" (also a blank before the colon),
/// "http_field_value".
base::Result<HttpField> parse_field(std::string_view line);

}  // namespace ferry::client
