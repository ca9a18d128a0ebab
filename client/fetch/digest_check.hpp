#pragma once
// What a whole body is compared with besides its Merkle root: the checksum that the user gave, and the one that the origin sent. Pure.

#include <optional>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"
#include "protocol/content/manifest.hpp"
#include "protocol/content/verifier.hpp"

namespace ferry::client {

/// The SHA-256 that the origin sent of the whole body, by the first of these fields that has one that can be read: Repr-Digest, Content-Digest
/// (RFC 9530; a relay drops it from an answer that is a part), Digest (RFC 3230, what Metalink in HTTP goes with).
std::optional<base::Hash256> origin_digest(const content::Headers& headers);

struct DigestCheck {
  std::optional<base::Hash256> of_user;
  std::optional<base::Hash256> of_origin;
  content::VerificationLevel least = content::VerificationLevel::relay;

  /// Somebody named a digest, so the body's has to be known.
  bool is_needed() const { return of_user || of_origin; }
  /// What a body with the right digests reaches.
  content::VerificationLevel level() const;
  /// Errors: refusal "checksum_mismatch", "verification_not_reached" (nobody named a digest although one was demanded).
  base::Result<void> check(const base::Hash256& sha256) const;
};

}  // namespace ferry::client
