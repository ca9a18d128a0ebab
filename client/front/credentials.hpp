#pragma once
// Credentials: the user name and password that a proxy may ask of its apps, over SOCKS5 and over HTTP. Without such a demand the user name
// still says which app it is.

#include <optional>
#include <string>

#include "client/front/field_text.hpp"
#include "protocol/base/result.hpp"

namespace ferry::client {

struct Credentials {
  std::string user;
  std::string password;
};

/// In a time that tells nothing of what is different, nor of the lengths.
bool are_equal(const Credentials& a, const Credentials& b);

/// The app's name out of a user name: at most 255 bytes of printable ASCII, '?' in place of others.
std::string app_name(std::string_view user);

/// What "Basic …" holds. nullopt: another scheme, bad base64 or no colon. Source: RFC 7617.
std::optional<Credentials> parse_basic(std::string_view field_value);

/// The two that a proxy answers with 407, or SOCKS5's 01 01. Codes: refusal "proxy_password_missing", "proxy_password_wrong".
base::Error password_missing();
base::Error password_wrong();

}  // namespace ferry::client
