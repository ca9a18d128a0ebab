#include "protocol/base/key.hpp"

#include <openssl/crypto.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "protocol/base/hash.hpp"

namespace ferry::base {
namespace {

using Scalar = std::array<std::uint8_t, 32>;

// Order of the curve and half of it, big-endian. Source: SEC 2, section 2.4.1.
constexpr Scalar kOrder = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
                           0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};
constexpr Scalar kHalfOrder = {0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                               0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0};

void must(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "ferry: %s\n", what);
  std::abort();
}

/// Blinded against side channels once; never changed after that, so that any thread may use it.
const secp256k1_context* curve() {
  static const secp256k1_context* const context = [] {
    secp256k1_context* made = secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY);
    must(made != nullptr, "no memory for the curve's tables");
    Scalar seed{};
    fill_random(seed);
    must(secp256k1_context_randomize(made, seed.data()) == 1, "the curve context cannot be blinded");
    wipe(seed);
    return made;
  }();
  return context;
}

Address address_of(const secp256k1_pubkey& key) {
  std::array<std::uint8_t, 65> point{};  // 0x04 ‖ x ‖ y
  std::size_t size = point.size();
  secp256k1_ec_pubkey_serialize(curve(), point.data(), &size, &key, SECP256K1_EC_UNCOMPRESSED);
  const Hash256 hash = keccak256(ByteView{point}.subspan(1));
  Address out;
  std::copy(hash.data.begin() + 12, hash.data.end(), out.data.begin());
  return out;
}

Scalar scalar_at(ByteView bytes, std::size_t offset) {
  Scalar out{};
  std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
  return out;
}

bool is_valid_scalar(const Scalar& value) { return value != Scalar{} && value < kOrder; }

Unexpected bad_key() { return fail(refusal("key_invalid", "a secret key is 32 bytes, above zero and below the order of secp256k1")); }

}  // namespace

void wipe(MutableByteView secret) { OPENSSL_cleanse(secret.data(), secret.size()); }

Result<Signature> Signature::from(ByteView bytes) {
  if (bytes.size() != kSize) {
    return fail(refusal("signature_length", "a signature is 65 bytes: r, s and v; the 64-byte form is not accepted"));
  }
  if (bytes[64] != 27 && bytes[64] != 28) return fail(refusal("signature_v", "the last byte of a signature must be 27 or 28"));
  const Scalar s = scalar_at(bytes, 32);
  if (!is_valid_scalar(scalar_at(bytes, 0)) || !is_valid_scalar(s)) {
    return fail(refusal("signature_range", "r and s of a signature must be above zero and below the order of secp256k1"));
  }
  if (s > kHalfOrder) {
    return fail(refusal("signature_high_s", "s of a signature must be in the lower half: replace it by n - s and flip v"));
  }
  Signature out;
  std::copy(bytes.begin(), bytes.end(), out.data.begin());
  return out;
}

SecretKey SecretKey::generate() {
  Scalar candidate{};
  do {
    fill_random(candidate);
  } while (!is_valid_scalar(candidate));
  auto key = from_bytes(candidate);
  wipe(candidate);
  return std::move(*key);
}

Result<SecretKey> SecretKey::from_bytes(ByteView bytes) {
  SecretKey key;
  if (bytes.size() != key.secret_.size()) return bad_key();
  std::copy(bytes.begin(), bytes.end(), key.secret_.begin());
  secp256k1_pubkey point;
  if (secp256k1_ec_pubkey_create(curve(), &point, key.secret_.data()) != 1) return bad_key();
  key.address_ = address_of(point);
  return key;
}

Result<SecretKey> SecretKey::from_hex(std::string_view text) {
  auto bytes = base::from_hex(text);
  if (!bytes) return bad_key();
  auto key = from_bytes(*bytes);
  wipe(*bytes);
  return key;
}

SecretKey::SecretKey(SecretKey&& other) noexcept : secret_(other.secret_), address_(other.address_) {
  wipe(other.secret_);
  other.address_ = Address{};
}

SecretKey& SecretKey::operator=(SecretKey&& other) noexcept {
  if (this == &other) return *this;
  secret_ = other.secret_;
  address_ = other.address_;
  wipe(other.secret_);
  other.address_ = Address{};
  return *this;
}

SecretKey::~SecretKey() { wipe(secret_); }

SecretKey SecretKey::clone() const {
  SecretKey copy;
  copy.secret_ = secret_;
  copy.address_ = address_;
  return copy;
}

Signature SecretKey::sign(const Digest& digest) const {
  secp256k1_ecdsa_recoverable_signature made;
  must(secp256k1_ecdsa_sign_recoverable(curve(), &made, digest.data.data(), secret_.data(), nullptr, nullptr) == 1,
       "signing with a key that was moved away");
  Signature out;
  int recovery = 0;
  secp256k1_ecdsa_recoverable_signature_serialize_compact(curve(), out.data.data(), &recovery, &made);
  out.data[64] = static_cast<std::uint8_t>(27 + recovery);
  return out;
}

Result<Address> recover(const Digest& digest, const Signature& signature) {
  FERRY_CHECK(Signature::from(signature.view()));
  secp256k1_ecdsa_recoverable_signature parsed;
  secp256k1_pubkey point;
  if (secp256k1_ecdsa_recoverable_signature_parse_compact(curve(), &parsed, signature.data.data(), signature.data[64] - 27) != 1 ||
      secp256k1_ecdsa_recover(curve(), &point, &parsed, digest.data.data()) != 1) {
    return fail(refusal("signature_unrecoverable", "no key can have made this signature"));
  }
  return address_of(point);
}

Result<void> check_signature(const Digest& digest, const Signature& signature, const Address& expected) {
  FERRY_TRY(const Address signer, recover(digest, signature));
  if (signer != expected) {
    return fail(refusal("signature_of_another_key", "the signature is by " + signer.to_eip55() + ", not by " + expected.to_eip55()));
  }
  return {};
}

}  // namespace ferry::base
