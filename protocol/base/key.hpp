#pragma once
// secp256k1 keys and recoverable signatures (libsecp256k1): the identity of relays, payers and payers' session keys.

#include <array>
#include <memory>

#include "protocol/base/address.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

namespace ferry::base {

/// r(32) ‖ s(32) ‖ v(1), v is 27 or 28.
struct Signature {
  static constexpr std::size_t kSize = 65;
  std::array<std::uint8_t, kSize> data{};

  ByteView view() const { return ByteView{data}; }

  /// Strict: 65 bytes (the 64-byte EIP-2098 form is refused), v in {27, 28}, 0 < r,s < n, s in the lower half. Refusal codes:
  /// "signature_length", "signature_v", "signature_high_s", "signature_range".
  static Result<Signature> from(ByteView bytes);

  friend bool operator==(const Signature&, const Signature&) = default;
};

/// A secret scalar. Moves only; wiped when destroyed or moved from.
class SecretKey {
 public:
  static SecretKey generate();
  /// Fails on zero, on values not below the curve order, and on a wrong length. Refusal code: "key_invalid".
  static Result<SecretKey> from_bytes(ByteView bytes);
  static Result<SecretKey> from_hex(std::string_view text);

  SecretKey(SecretKey&&) noexcept;
  SecretKey& operator=(SecretKey&&) noexcept;
  SecretKey(const SecretKey&) = delete;
  SecretKey& operator=(const SecretKey&) = delete;
  ~SecretKey();

  /// A second holder of the same secret; both are wiped on their own.
  SecretKey clone() const;

  const Address& address() const { return address_; }
  /// Deterministic (RFC 6979), low-s. Aborts on a key that was moved away. Threads: any.
  Signature sign(const Digest& digest) const;
  /// For key files only. Lifetime: as long as this key.
  ByteView secret_bytes() const { return ByteView{secret_}; }

 private:
  SecretKey() = default;
  std::array<std::uint8_t, 32> secret_{};
  Address address_{};
};

/// The address whose key signed `digest`. `signature` is checked as Signature::from does, so a high-s one is refused here although the
/// curve would accept it; further "signature_unrecoverable". Threads: any.
Result<Address> recover(const Digest& digest, const Signature& signature);

/// Recover and compare. Refusal code "signature_of_another_key".
Result<void> check_signature(const Digest& digest, const Signature& signature, const Address& expected);

/// Overwrites memory in a way that the compiler does not remove.
void wipe(MutableByteView secret);

}  // namespace ferry::base
