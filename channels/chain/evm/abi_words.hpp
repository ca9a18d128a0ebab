#pragma once
// The words of Solidity's ABI: everything is 32 bytes long, values to the right, texts in words of their own. A writer and a strict reader of
// single words; which words a call has, contract_calls says. Pure. Source: Solidity, "Contract ABI Specification".

#include <array>
#include <cstdint>
#include <string_view>

#include "protocol/base/address.hpp"
#include "protocol/base/amount.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

namespace ferry::chain::evm {

inline constexpr std::size_t kWord = 32;

using Selector = std::array<std::uint8_t, 4>;
/// The first four bytes of the Keccak-256 of a function's or an error's signature, "settle(address,address)".
Selector selector_of(std::string_view signature);

class AbiWriter {
 public:
  AbiWriter() = default;
  /// Begins with the selector of a function.
  explicit AbiWriter(std::string_view signature);
  AbiWriter& address(const base::Address& value);
  AbiWriter& number(std::uint64_t value);
  AbiWriter& amount(base::Amount value);
  AbiWriter& word(base::ByteView bytes32);  ///< aborts on another size
  /// A dynamic `bytes`: its length, then its bytes filled up with zeros.
  AbiWriter& text(base::ByteView bytes);
  AbiWriter& append(const AbiWriter& other);
  /// Without the selector.
  std::size_t size() const { return bytes_.size() - skipped_; }
  base::Bytes finish() const { return bytes_; }

 private:
  base::Bytes bytes_;
  std::size_t skipped_ = 0;
};

/// After the first error every read fails with it, so a decoder reads all words and checks once. Errors: peer_fault "abi".
class AbiReader {
 public:
  /// Lifetime: `bytes` outlives this.
  explicit AbiReader(base::ByteView bytes) : rest_(bytes) {}
  base::Address address();
  std::uint64_t number();
  base::Amount amount();           ///< at most 128 bits
  base::Amount amount_or_most();   ///< 256 bits; what 128 cannot count reads as the most that they can
  bool boolean();
  template <typename Kind>
  Kind bytes32() {
    const auto value = Kind::from(take());
    return value.value_or(Kind{});
  }
  /// The size fitted exactly and every word was clean.
  base::Result<void> finish() const;

 private:
  base::ByteView take();
  /// The last `count` bytes of a word whose others are zero.
  base::ByteView low(std::size_t count);

  base::ByteView rest_;
  bool failed_ = false;
};

}  // namespace ferry::chain::evm
