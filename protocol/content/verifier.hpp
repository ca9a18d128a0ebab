#pragma once
// BodyVerifier: what a client knows about a body and what it may believe. Every path that delivers bytes (fetch, resume, proxy) uses this one
// type; a chunk that it refuses is neither delivered nor paid. No IO.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/ids.hpp"
#include "protocol/base/key.hpp"
#include "protocol/base/result.hpp"
#include "protocol/content/manifest.hpp"

namespace ferry::content {

/// How true a response is, weakest first (architecture.md). quorum and content_address are reached by later fetch modes.
enum class VerificationLevel { relay, quorum, origin_digest, content_address };
std::string to_string(VerificationLevel level);

struct SignedManifest {
  Manifest manifest;
  base::Signature signature;
};

class BodyVerifier {
 public:
  /// Hashes announced for chunks that are not accepted yet: 64 GiB of body. A relay could otherwise fill the client's memory for nothing.
  static constexpr std::uint64_t kMaxHashesAhead = std::uint64_t{1} << 18U;

  /// `expected_root`: asked by content address; `signer`: the relay whose signature manifests must bear.
  BodyVerifier(base::Hash256 domain_separator, base::Address signer, base::RequestHash request,
               std::optional<base::Hash256> expected_root = std::nullopt);

  /// A manifest with its signature, before or after the body. Checks the signature, the request, agreement with every earlier manifest
  /// (status, validator, length, root: what was known stays; headers such as Date and Age may move) and with every hash known so far.
  /// Errors: peer_fault "manifest_signature", "manifest_other_request", "manifest_changed" (the object is another one now),
  /// "manifest_root", "manifest_chunks", "manifest_length"; refusal "root_ambiguous" (asked by root, a body of 64 bytes might as well be an inner
  /// node of a larger tree: BEP 52 hashes both alike).
  base::Result<void> add_manifest(const Manifest& manifest, const base::Signature& signature);

  /// A run of chunk hashes sent ahead; when all are there they must give the manifest's root. All or none of the run is taken.
  /// Errors: peer_fault "hashes_root" (they contradict the root, the manifest's digest or an earlier hash), "hashes_range" (beyond the
  /// body, or more than kMaxHashesAhead).
  base::Result<void> add_hashes(base::ChunkIndex first, std::span<const base::Hash256> hashes);

  /// A chunk's bytes against its claimed hash, the known hash, the known length. Only accepted chunks count. Idempotent for the same bytes.
  /// The last chunk is accepted only when all together give the root that is known; so has_all() means that the root agrees.
  /// With an expected root, no chunk is taken before all hashes are known and give it, so that a wrong one is found at once.
  /// Errors: peer_fault "chunk_hash" (bytes do not give the claimed hash), "chunk_not_in_object" (hash differs from the one known, or
  /// completes a body with another root), "chunk_size", "chunk_index", "hashes_missing".
  base::Result<void> accept_chunk(base::ChunkIndex index, base::ByteView bytes, const base::Hash256& claimed);

  /// A witness's word about a chunk of so many bytes, which are elsewhere. Otherwise, and in its errors, as accept_chunk(). Only for a verifier that
  /// sees no chunks.
  base::Result<void> accept_hash(base::ChunkIndex index, std::uint64_t bytes, const base::Hash256& claimed);

  /// A chunk that is already in the user's file (resume), or that another relay brought: its hash was recorded when it was first accepted. False,
  /// and it is not adopted, if it contradicts what is known.
  bool adopt_chunk(base::ChunkIndex index, const base::Hash256& hash);

  const std::optional<Manifest>& manifest() const { return manifest_; }
  /// The last manifest that was taken, as it was signed.
  std::optional<SignedManifest> signed_manifest() const;
  /// A manifest that the signer signed and that contradicts what it said before: evidence.
  const std::optional<SignedManifest>& refused_manifest() const { return refused_manifest_; }
  /// Hashes announced or accepted: `count` from `first` on, or none if one is missing.
  std::vector<base::Hash256> hashes(std::uint64_t first, std::uint64_t count) const;
  const std::map<std::uint64_t, base::Hash256>& chunks() const { return accepted_; }
  /// Length is known and every chunk is accepted.
  bool has_all() const;
  /// Root over all accepted chunks. Precondition: has_all().
  base::Hash256 root() const;

 private:
  std::optional<std::uint64_t> known_length() const;
  std::uint64_t chunk_limit() const;
  base::Result<void> check_agreement(const Manifest& manifest) const;
  base::Result<void> check_extent(const Manifest& manifest) const;
  base::Result<void> check_hashes(const Manifest& manifest) const;
  base::Result<void> check_chunk_place(base::ChunkIndex index, std::uint64_t bytes) const;
  base::Result<void> check_known(base::ChunkIndex index, const base::Hash256& claimed) const;
  base::Result<void> take(base::ChunkIndex index, std::uint64_t bytes, const base::Hash256& hash);
  bool knows_all() const;
  bool learn(base::ChunkIndex first, std::span<const base::Hash256> hashes);

  base::Hash256 domain_separator_;
  base::Address signer_;
  base::RequestHash request_;
  std::optional<base::Hash256> expected_root_;
  std::optional<Manifest> manifest_;
  base::Signature signature_;  // of manifest_
  std::optional<SignedManifest> refused_manifest_;
  std::map<std::uint64_t, base::Hash256> known_;     // announced ahead or accepted
  std::map<std::uint64_t, base::Hash256> accepted_;  // bytes seen and right
  std::uint64_t seen_end_ = 0;                       // end of the furthest chunk whose bytes were seen
  bool seen_last_ = false;                           // that chunk was short, so the body ends there
};

}  // namespace ferry::content
