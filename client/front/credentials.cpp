#include "client/front/credentials.hpp"

#include "protocol/base/bytes.hpp"
#include "protocol/base/hash.hpp"

namespace ferry::client {

namespace {

base::Hash256 hash_of(const std::string& text) { return base::sha256(base::bytes_of(text)); }

std::optional<std::uint32_t> base64_value(char c) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto at = kAlphabet.find(c);
  if (at == std::string_view::npos) return std::nullopt;
  return static_cast<std::uint32_t>(at);
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  std::string out;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const auto value = base64_value(c);
    if (!value) return std::nullopt;
    bits = (bits << 6U | *value) & 0xffffU;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out.push_back(static_cast<char>((bits >> count) & 0xffU));
  }
  return out;
}

}  // namespace

bool are_equal(const Credentials& a, const Credentials& b) {
  const bool same_user = base::equal_in_constant_time(hash_of(a.user).view(), hash_of(b.user).view());
  const bool same_password = base::equal_in_constant_time(hash_of(a.password).view(), hash_of(b.password).view());
  return same_user && same_password;
}

std::string app_name(std::string_view user) { return base::printable(user, 255); }

std::optional<Credentials> parse_basic(std::string_view field_value) {
  constexpr std::string_view kScheme = "basic ";
  if (!equal_ignoring_case(field_value.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  const auto text = from_base64(trimmed(field_value.substr(kScheme.size())));
  const auto colon = text ? text->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  return Credentials{text->substr(0, colon), text->substr(colon + 1)};
}

base::Error password_missing() {
  return base::refusal("proxy_password_missing",
                       "this proxy asks for a user name and a password: give them in the app's proxy settings (SOCKS4 has none; use SOCKS5)");
}

base::Error password_wrong() {
  return base::refusal("proxy_password_wrong", "the user name or the password for this proxy is wrong: check the app's proxy settings");
}

}  // namespace ferry::client
