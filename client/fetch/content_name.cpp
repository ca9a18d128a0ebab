#include "client/fetch/content_name.hpp"

#include <string>

namespace ferry::client {

namespace {

using Parsed = base::Result<std::optional<base::Hash256>>;

Parsed read_root(std::string_view digits) {
  const auto root = base::Hash256::parse_hex(digits);
  const bool is_plain = digits.size() == 2 * base::Hash256::size();  // no 0x
  if (root && is_plain && !root->is_zero()) return std::optional(*root);
  return base::fail(base::refusal("content_name", "a root is 64 hexadecimal digits, and not all zero"));
}

/// The value of a parameter; nullopt when it is not there.
std::optional<std::string_view> parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=') return pair.substr(name.size() + 1);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
  }
  return std::nullopt;
}

}  // namespace

Parsed parse_content_name(std::string_view text) {
  constexpr std::string_view kRoot = "root:";
  constexpr std::string_view kMagnet = "magnet:?";
  constexpr std::string_view kMultihash = "urn:btmh:1220";  // SHA-256, 32 bytes
  if (text.starts_with(kRoot)) return read_root(text.substr(kRoot.size()));
  if (!text.starts_with(kMagnet)) return std::optional<base::Hash256>();
  const auto topic = parameter(text.substr(kMagnet.size()), "xt");
  if (topic && topic->starts_with(kMultihash)) return read_root(topic->substr(kMultihash.size()));
  return base::fail(base::refusal("content_name", "of magnet links those with xt=urn:btmh:1220… are understood, which name a SHA-256 Merkle root"));
}

}  // namespace ferry::client
