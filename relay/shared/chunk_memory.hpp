#pragma once
// ChunkMemory: the chunks that are held in memory, least recently used out first, bounded by bytes. In
// shards, so that workers seldom wait for one another. It holds shared pointers: what was evicted lives on
// while somebody sends it.

#include "relay/shared/chunk.hpp"
#include "relay/shared/object_key.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <unordered_map>

namespace ferry::relay {

/// Threads: any; each call locks one shard for a moment.
class ChunkMemory {
  public:
    explicit ChunkMemory(std::uint64_t max_bytes) : max_bytes_(max_bytes) {}
    ChunkMemory(const ChunkMemory&) = delete;
    ChunkMemory& operator=(const ChunkMemory&) = delete;

    /// Null when it is not held. Makes it the most recently used.
    ChunkPtr find(const ChunkKey& key);
    bool contains(const ChunkKey& key) const;

    /// Keeps the chunk, and lets go of others until all fit. A chunk larger than the whole memory is not
    /// kept.
    void put(const ChunkKey& key, ChunkPtr chunk);
    void remove(const ChunkKey& key);

    std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

  private:
    static constexpr std::size_t kShards = 16;

    struct Entry {
        ChunkKey key;
        ChunkPtr chunk;
    };
    using Entries = std::list<Entry>;
    struct alignas(64) Shard {
        mutable std::mutex mutex;
        Entries entries;  // most recently used first
        std::unordered_map<ChunkKey, Entries::iterator, ChunkKeyHasher> by_key;
    };

    static std::size_t shard_of(const ChunkKey& key) { return ChunkKeyHasher{}(key) % kShards; }
    /// The chunk is returned so that its buffer is given back outside the lock.
    ChunkPtr take_out(Shard& shard, Entries::iterator entry);
    /// False when there was nothing in the shard.
    bool evict_one(Shard& shard);
    void make_room(std::size_t first_shard);

    const std::uint64_t max_bytes_;
    std::atomic<std::uint64_t> bytes_{0};
    std::array<Shard, kShards> shards_;
};

}  // namespace ferry::relay
