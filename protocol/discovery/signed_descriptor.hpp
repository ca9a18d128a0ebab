#pragma once
// SignedDescriptor: a descriptor with the bytes in which it travels, signed by the relay's identity key. Whoever passes one on can neither change
// it nor make one up; what can be done with an old one is bounded by its age and its sequence number.

#include "protocol/base/key.hpp"
#include "protocol/discovery/descriptor.hpp"

namespace ferry::discovery {

/// BEP 44 takes values of at most 1,000 bytes, of which bencoding takes four.
inline constexpr std::size_t kMaxSignedDescriptor = 996;

/// A descriptor counts for so long; relays issue another one several times before.
inline constexpr base::Duration kDescriptorLife = std::chrono::hours(48);
/// So far may a relay's clock be ahead of ours.
inline constexpr base::Duration kDescriptorAhead = std::chrono::minutes(10);

class SignedDescriptor {
 public:
  /// Precondition: `key` is that of descriptor.relay. Error: bug "descriptor_unfit" (it would not be read: a text or list beyond its limit).
  static base::Result<SignedDescriptor> sign(const Descriptor& descriptor, const base::SecretKey& key);
  /// What came from a stranger. Errors: those of unpack_descriptor() and PackReader, peer_fault "descriptor_signature".
  static base::Result<SignedDescriptor> read(base::ByteView bytes);

  const Descriptor& operator*() const { return descriptor_; }
  const Descriptor* operator->() const { return &descriptor_; }
  /// At most kMaxSignedDescriptor.
  const base::Bytes& bytes() const { return bytes_; }

  /// Error: refusal "descriptor_old", "descriptor_ahead".
  base::Result<void> check_current(base::Time now) const;

  friend bool operator==(const SignedDescriptor& a, const SignedDescriptor& b) { return a.bytes_ == b.bytes_; }

 private:
  SignedDescriptor(Descriptor descriptor, base::Bytes bytes) : descriptor_(std::move(descriptor)), bytes_(std::move(bytes)) {}

  Descriptor descriptor_;
  base::Bytes bytes_;
};

/// Keccak-256 of a domain text and the packed descriptor: what the relay signs.
base::Digest descriptor_digest(base::ByteView packed);

}  // namespace ferry::discovery
