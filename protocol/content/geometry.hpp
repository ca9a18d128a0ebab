#pragma once
// How a body is divided: 16 KiB blocks (leaves of the hash tree) and 256 KiB chunks (what is requested, verified, cached, priced and
// paid). Pure arithmetic, used on both sides.

#include <cstddef>
#include <cstdint>

#include "protocol/base/ids.hpp"

namespace ferry::content {

inline constexpr std::size_t kBlockBytes = 16 * 1024;
inline constexpr std::size_t kBlocksPerChunk = 16;
inline constexpr std::size_t kChunkBytes = kBlockBytes * kBlocksPerChunk;
/// Bodies are at most 16 TiB: every offset and every chunk count then fits far below 2^53.
inline constexpr std::uint64_t kMaxBodyBytes = std::uint64_t{16} << 40U;
inline constexpr std::uint64_t kMaxChunks = kMaxBodyBytes / kChunkBytes;

/// Chunks in a body of `length` bytes; 0 for an empty body. Any length a peer may claim is safe.
constexpr std::uint64_t chunk_count(std::uint64_t length) {
  return length / kChunkBytes + (length % kChunkBytes == 0 ? 0 : 1);
}

/// First byte of a chunk. Precondition: index < 2^46.
constexpr std::uint64_t chunk_offset(base::ChunkIndex index) { return index.value * kChunkBytes; }

/// Bytes in a chunk of a body of `length` bytes; 0 beyond its end, for any index.
constexpr std::size_t chunk_size(base::ChunkIndex index, std::uint64_t length) {
  if (index.value >= chunk_count(length)) return 0;
  const std::uint64_t rest = length - chunk_offset(index);
  return rest < kChunkBytes ? static_cast<std::size_t>(rest) : kChunkBytes;
}

}  // namespace ferry::content
