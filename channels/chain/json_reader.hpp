#pragma once
// JsonReader: strict reading of one flat JSON object that a stranger sent, in the manner of base::PackReader: after the first error every
// read fails with it, so a decoder reads all members and checks once. Amounts are canonical decimal texts of units, addresses "0x…" with their
// EIP-55 checksum, bytes "0x…" in lower case: every value has one spelling.

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "protocol/base/address.hpp"
#include "protocol/base/amount.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

namespace ferry::chain {

/// Numbers above this are not exact in every JSON reader, so none is sent or taken.
inline constexpr std::uint64_t kMaxJsonNumber = (std::uint64_t{1} << 53U) - 1;

/// "0x" and lower-case hexadecimal.
std::string hex_text(base::ByteView bytes);

/// One JSON text of at most `max_bytes`, nested at most `max_depth` deep, no member named twice. Errors: peer_fault "json_too_long",
/// "json_syntax".
base::Result<nlohmann::json> parse_json(std::string_view text, std::size_t max_bytes, int max_depth = 4);

/// Errors: peer_fault "json_member", whose message names the member, "json_unknown_member".
class JsonReader {
 public:
  /// Lifetime: `object` must outlive this.
  explicit JsonReader(const nlohmann::json& object);

  base::Amount amount(const char* name);
  base::Address address(const char* name);
  template <typename Bytes32Kind>
  Bytes32Kind bytes32(const char* name) {
    const auto value = Bytes32Kind::from(bytes(name, 32));
    if (!value) fail_member(name, "must be 32 bytes");
    return value.value_or(Bytes32Kind{});
  }
  base::Bytes bytes(const char* name, std::size_t limit);
  std::uint64_t number(const char* name, std::uint64_t max = kMaxJsonNumber);
  bool boolean(const char* name);
  std::string text(const char* name, std::size_t limit);
  /// A member for another reader; null when there is none or after an error.
  const nlohmann::json& member(const char* name);

  void fail_member(const char* name, const std::string& complaint);
  /// For requests: nothing may be there that was not read.
  base::Result<void> finish_strictly() const;
  /// For answers: a newer ledger may say more than we know.
  base::Result<void> finish() const;

 private:
  const nlohmann::json* find(const char* name);

  const nlohmann::json* object_;
  std::set<std::string, std::less<>> read_;
  std::optional<base::Error> error_;
};

}  // namespace ferry::chain
