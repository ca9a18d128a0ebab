#include "relay/shared/chunk_memory.hpp"

#include <utility>

namespace ferry::relay {

namespace {

/// Bookkeeping that a chunk costs beyond its bytes; counts so that a million tiny bodies stay bounded as
/// well.
constexpr std::uint64_t kOverhead = 256;

std::uint64_t cost_of(const ChunkPtr& chunk) {
    return chunk->bytes.size() + kOverhead;
}

}  // namespace

ChunkPtr ChunkMemory::find(const ChunkKey& key) {
    Shard& shard = shards_[shard_of(key)];
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.by_key.find(key);
    if (found == shard.by_key.end()) return nullptr;
    shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
    return found->second->chunk;
}

bool ChunkMemory::contains(const ChunkKey& key) const {
    const Shard& shard = shards_[shard_of(key)];
    const std::lock_guard lock(shard.mutex);
    return shard.by_key.contains(key);
}

void ChunkMemory::put(const ChunkKey& key, ChunkPtr chunk) {
    const auto cost = cost_of(chunk);
    if (cost > max_bytes_) return;
    const auto number = shard_of(key);
    Shard& shard = shards_[number];
    ChunkPtr replaced;
    {
        const std::lock_guard lock(shard.mutex);
        if (const auto found = shard.by_key.find(key); found != shard.by_key.end())
            replaced = take_out(shard, found->second);
        shard.entries.push_front(Entry{key, std::move(chunk)});
        shard.by_key.emplace(key, shard.entries.begin());
        bytes_.fetch_add(cost, std::memory_order_relaxed);
    }
    make_room(number);
}

void ChunkMemory::remove(const ChunkKey& key) {
    Shard& shard = shards_[shard_of(key)];
    ChunkPtr removed;
    const std::lock_guard lock(shard.mutex);
    if (const auto found = shard.by_key.find(key); found != shard.by_key.end())
        removed = take_out(shard, found->second);
}

ChunkPtr ChunkMemory::take_out(Shard& shard, Entries::iterator entry) {
    auto chunk = std::move(entry->chunk);
    bytes_.fetch_sub(cost_of(chunk), std::memory_order_relaxed);
    shard.by_key.erase(entry->key);
    shard.entries.erase(entry);
    return chunk;
}

bool ChunkMemory::evict_one(Shard& shard) {
    ChunkPtr evicted;
    const std::lock_guard lock(shard.mutex);
    if (shard.entries.empty()) return false;
    evicted = take_out(shard, std::prev(shard.entries.end()));
    return true;
}

void ChunkMemory::make_room(std::size_t first_shard) {
    // The newest entry's own shard comes last in turn, so that it is not the first to lose what it just got.
    std::size_t empty_in_a_row = 0;
    for (auto shard = first_shard + 1; bytes() > max_bytes_ && empty_in_a_row < kShards; ++shard) {
        empty_in_a_row = evict_one(shards_[shard % kShards]) ? 0 : empty_in_a_row + 1;
    }
}

}  // namespace ferry::relay
