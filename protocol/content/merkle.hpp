#pragma once
// The SHA-256 Merkle tree of BitTorrent v2 (BEP 52): leaves are 16 KiB blocks (the last one short, not padded), missing leaves are 32 zero
// bytes, the width is a power of two. A chunk's hash is its 16-leaf subtree, so an object's chunk hashes are a v2 torrent's piece layer
// for 256 KiB pieces, and its root is `pieces root`. Works over a stream: no chunk is needed twice.

#include <cstdint>
#include <span>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/ids.hpp"
#include "protocol/base/result.hpp"

namespace ferry::content {

/// Hash of one chunk. A body shorter than one chunk has no 16-leaf layer in BEP 52: chunk 0 of fewer than 256 KiB is hashed over the next
/// power of two of its own blocks (then its hash is the root); every other chunk over 16 leaves.
/// Precondition: 0 < bytes.size() <= kChunkBytes. Cost of a whole chunk on the reference machine: 85 µs with AVX-512,
/// 135 µs with SHA-NI, 190 µs by the library alone.
base::Hash256 chunk_hash(base::ChunkIndex index, base::ByteView bytes);

/// Root of a body from all its chunk hashes in order. Zero for an empty body (BEP 52 gives empty files no root).
base::Hash256 root_of(std::span<const base::Hash256> chunk_hashes);

/// SHA-256 over the concatenation of chunk hashes: what a manifest signs for a part of a body. Zero for no hashes.
base::Hash256 digest_of(std::span<const base::Hash256> chunk_hashes);

/// Accumulates chunk hashes that arrive in order and gives the root at the end; memory grows with the logarithm of the length.
class RootBuilder {
 public:
  /// Precondition: chunks come in order 0, 1, 2, …
  void add(const base::Hash256& chunk_hash);
  std::uint64_t chunks() const { return chunks_; }
  /// Root of what was added so far. May be called at any time.
  base::Hash256 root() const;

 private:
  std::uint64_t chunks_ = 0;
  std::vector<base::Hash256> peaks_;  // one per set bit of chunks_, largest subtree first
};

/// Inclusion of a chunk in a root: sibling hashes from the chunk's level up. For evidence and for content-address fetches without the whole
/// list.
std::vector<base::Hash256> chunk_proof(std::span<const base::Hash256> chunk_hashes, base::ChunkIndex index);
bool check_chunk_proof(const base::Hash256& root, std::uint64_t chunk_total, base::ChunkIndex index, const base::Hash256& chunk_hash,
                       std::span<const base::Hash256> proof);

}  // namespace ferry::content
