#include "client/fetch/digest_check.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace ferry::client {

namespace {

std::optional<base::Hash256> from_base64(std::string_view text) {
  constexpr std::size_t kTextOf32Bytes = 44;
  if (text.size() != kTextOf32Bytes) return std::nullopt;
  std::array<std::uint8_t, 33> bytes{};
  const int count = EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (count != static_cast<int>(bytes.size()) || text.back() != '=') return std::nullopt;
  return base::Hash256::from(base::ByteView{bytes}.first(32));
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const auto first = text.find_first_not_of(kBlanks);
  return first == std::string_view::npos ? std::string_view() : text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// What `read` makes of the first element of a list, separated by commas, of which it makes anything. Base64 holds no comma.
template <typename Read>
std::optional<base::Hash256> in_list(std::string_view list, Read read) {
  while (!list.empty()) {
    const auto end = list.find(',');
    if (const auto digest = read(trimmed(list.substr(0, end)))) return digest;
    list = end == std::string_view::npos ? std::string_view() : list.substr(end + 1);
  }
  return std::nullopt;
}

/// sha-256=:BASE64:, maybe with parameters. Source: RFC 9530 section 2, RFC 8941 section 3.2.
std::optional<base::Hash256> in_dictionary(std::string_view field) {
  return in_list(field, [](std::string_view member) -> std::optional<base::Hash256> {
    constexpr std::string_view kKey = "sha-256=:";
    if (!member.starts_with(kKey)) return std::nullopt;
    const auto value = member.substr(kKey.size());
    const auto end = value.find(':');
    return end == std::string_view::npos ? std::nullopt : from_base64(value.substr(0, end));
  });
}

/// SHA-256=BASE64, the algorithm in any case. Source: RFC 3230 section 4.3.2, as Metalink in HTTP (RFC 6249) uses it.
std::optional<base::Hash256> in_digest_field(std::string_view field) {
  return in_list(field, [](std::string_view member) -> std::optional<base::Hash256> {
    constexpr std::string_view kKey = "sha-256=";
    const auto same = [](char a, char b) { return a == b || (a >= 'A' && a <= 'Z' && a + 32 == b); };
    const bool is_ours = member.size() > kKey.size() && std::equal(kKey.begin(), kKey.end(), member.begin(), [&](char k, char m) { return same(m, k); });
    return is_ours ? from_base64(member.substr(kKey.size())) : std::nullopt;
  });
}

}  // namespace

std::optional<base::Hash256> origin_digest(const content::Headers& headers) {
  for (const auto* name : {"repr-digest", "content-digest"}) {
    const auto field = content::find_header(headers, name);
    if (const auto digest = field ? in_dictionary(*field) : std::nullopt) return digest;
  }
  const auto legacy = content::find_header(headers, "digest");
  return legacy ? in_digest_field(*legacy) : std::nullopt;
}

content::VerificationLevel DigestCheck::level() const {
  return is_needed() ? content::VerificationLevel::origin_digest : content::VerificationLevel::relay;
}

base::Result<void> DigestCheck::check(const base::Hash256& sha256) const {
  const auto mismatch = [&sha256](const std::string& whose, const base::Hash256& expected) {
    return base::fail(base::refusal("checksum_mismatch", "the body has the SHA-256 " + sha256.hex() + ", " + whose + " " + expected.hex() +
                                                             ": it is not kept; check the checksum, or ask another relay"));
  };
  if (of_user && *of_user != sha256) return mismatch("you asked for", *of_user);
  if (of_origin && *of_origin != sha256) return mismatch("its origin says", *of_origin);
  if (level() < least) {
    return base::fail(base::refusal("verification_not_reached", "the origin sends no digest of this body, so it is only one relay's word: give a checksum, or accept the level 'relay'"));
  }
  return {};
}

}  // namespace ferry::client
