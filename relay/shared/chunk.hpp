#pragma once
// Chunk: up to 256 KiB of a body with its hash, made once when the bytes enter the relay and then shared,
// never copied, between cache, connections and threads. Its buffer comes from a ChunkPool and goes back there
// when the last holder lets go.

#include "protocol/base/bytes.hpp"

#include <memory>

namespace ferry::relay {

struct Chunk {
    base::Bytes bytes;   ///< 1 to 256 KiB; only the last chunk of a body is shorter than 256 KiB
    base::Hash256 hash;  ///< content::chunk_hash of `bytes` at this chunk's index
};

/// Threads: any.
using ChunkPtr = std::shared_ptr<const Chunk>;

}  // namespace ferry::relay
