#pragma once
// ChunkPool: buffers of one chunk, used again and again: a fresh 256 KiB buffer per chunk would cost more
// than all the rest of serving it.

#include "protocol/base/ids.hpp"
#include "relay/shared/chunk.hpp"

#include <cstddef>
#include <memory>

namespace ferry::relay {

/// Threads: any. Lifetime: chunks may outlive the pool.
class ChunkPool {
  public:
    /// `idle_limit`: buffers kept while nobody uses them; 64 are 16 MiB.
    explicit ChunkPool(std::size_t idle_limit = 64);

    /// An empty buffer with room for a whole chunk. One that never becomes a chunk should come back by
    /// give_back().
    base::Bytes take();
    void give_back(base::Bytes buffer);

    /// Hashes the bytes, the only time that happens, and makes them a chunk. Precondition: 0 < bytes.size()
    /// <= kChunkBytes.
    ChunkPtr seal(base::Bytes bytes, base::ChunkIndex index);

    /// For bytes whose hash was just checked.
    ChunkPtr seal(base::Bytes bytes, const base::Hash256& checked_hash);

    std::size_t idle() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace ferry::relay
