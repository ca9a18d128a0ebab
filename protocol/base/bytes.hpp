#pragma once
// Bytes and views of bytes, their hexadecimal text, and the fixed-size 32-byte values (hashes, channel ids) that must not be
// mixed up with each other. Used by every layer; knows nothing of files or sockets.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ferry::base {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;
using MutableByteView = std::span<std::uint8_t>;

/// The bytes of a text. Lifetime: as long as `text`.
ByteView bytes_of(std::string_view text);

/// The same bytes seen as text (for libraries that want char). Lifetime: as long as `bytes`.
std::string_view text_of(ByteView bytes);

/// Lower-case hexadecimal without prefix.
std::string to_hex(ByteView bytes);

/// Strict: an even number of digits, an optional "0x" prefix, upper or lower case. nullopt otherwise.
std::optional<Bytes> from_hex(std::string_view text);

/// Same length and same content, in a time that does not depend on where they differ.
bool equal_in_constant_time(ByteView a, ByteView b);

/// CRC-32C (Castagnoli) of `bytes`, continued from `seed` (the value for the bytes before). Source: RFC 3720 appendix B.4.
std::uint32_t crc32c(ByteView bytes, std::uint32_t seed = 0);

/// The same without the processor's own instruction: what crc32c does on a machine that has none.
std::uint32_t crc32c_by_table(ByteView bytes, std::uint32_t seed = 0);

/// Fills `out` from the operating system's random generator. Aborts if there is none: nothing here may go on without it.
void fill_random(MutableByteView out);

/// A 32-byte value; `Tag` keeps kinds apart (a channel id is not a hash).
template <typename Tag>
struct Bytes32 {
  std::array<std::uint8_t, 32> data{};

  static constexpr std::size_t size() { return 32; }
  ByteView view() const { return ByteView{data}; }
  std::string hex() const { return to_hex(view()); }
  bool is_zero() const { return *this == Bytes32{}; }

  /// nullopt unless `bytes` is 32 long.
  static std::optional<Bytes32> from(ByteView bytes) {
    if (bytes.size() != size()) return std::nullopt;
    Bytes32 value;
    for (std::size_t i = 0; i < size(); ++i) value.data[i] = bytes[i];
    return value;
  }
  static std::optional<Bytes32> parse_hex(std::string_view text) {
    const auto bytes = from_hex(text);
    return bytes ? from(*bytes) : std::nullopt;
  }
  static Bytes32 random() {
    Bytes32 value;
    fill_random(value.data);
    return value;
  }

  friend bool operator==(const Bytes32&, const Bytes32&) = default;
  friend auto operator<=>(const Bytes32&, const Bytes32&) = default;
};

using Hash256 = Bytes32<struct Hash256Tag>;        ///< SHA-256 or Keccak-256 of something
using Digest = Bytes32<struct DigestTag>;          ///< what is signed: an EIP-712 digest
using ChannelId = Bytes32<struct ChannelIdTag>;    ///< EIP-712 digest of a ChannelConfig
using RequestHash = Bytes32<struct RequestHashTag>;///< names a request without telling its URL
using Salt = Bytes32<struct SaltTag>;              ///< the epoch of a channel; a quote's nonce

/// Hash for unordered containers: the first eight bytes, which are already uniform in a digest.
struct Bytes32Hasher {
  template <typename Tag>
  std::size_t operator()(const Bytes32<Tag>& value) const {
    std::size_t out = 0;
    for (std::size_t i = 0; i < sizeof(out); ++i) out = (out << 8U) | value.data[i];
    return out;
  }
};

}  // namespace ferry::base
