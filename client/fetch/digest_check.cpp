#include "client/fetch/digest_check.hpp"

#include <openssl/evp.h>

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

}  // namespace

std::optional<base::Hash256> repr_digest(const content::Headers& headers) {
  const auto field = content::find_header(headers, "repr-digest");
  if (!field) return std::nullopt;
  constexpr std::string_view kKey = "sha-256=:";
  const auto start = field->find(kKey);
  if (start == std::string_view::npos) return std::nullopt;
  const auto value = field->substr(start + kKey.size());
  const auto end = value.find(':');
  return end == std::string_view::npos ? std::nullopt : from_base64(value.substr(0, end));
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
