#include "relay/shared/chunk_memory.hpp"

#include <doctest/doctest.h>

using namespace ferry::relay;
using ferry::base::ChunkIndex;

namespace {

ChunkPtr chunk_of(std::size_t bytes) {
    return std::make_shared<const Chunk>(Chunk{ferry::base::Bytes(bytes, 1), {}});
}

/// Keys of one object that fall into one shard, so that their order of eviction is known.
std::vector<ChunkKey> keys_of_one_shard(std::size_t count) {
    std::vector<ChunkKey> keys;
    const auto object = ObjectId::random();
    const auto shard = ChunkKeyHasher{}(ChunkKey{object, ChunkIndex{0}}) % 16;
    for (std::uint64_t index = 0; keys.size() < count; ++index) {
        const ChunkKey key{object, ChunkIndex{index}};
        if (ChunkKeyHasher{}(key) % 16 == shard) keys.push_back(key);
    }
    return keys;
}

}  // namespace

TEST_CASE("chunk memory: keeps chunks until there are too many bytes, the least used goes first") {
    ChunkMemory memory(3 * 2000);
    const auto keys = keys_of_one_shard(4);
    for (std::size_t i = 0; i < 3; ++i)
        memory.put(keys[i], chunk_of(1500));
    CHECK(memory.find(keys[0]) != nullptr);
    memory.put(keys[3], chunk_of(1500));
    CHECK(memory.contains(keys[0]));
    CHECK_FALSE(memory.contains(keys[1]));
    CHECK(memory.contains(keys[2]));
    CHECK(memory.contains(keys[3]));
    CHECK(memory.bytes() <= 3 * 2000);
}

TEST_CASE("chunk memory: what was evicted lives on with its holders") {
    ChunkMemory memory(2000);
    const auto keys = keys_of_one_shard(2);
    memory.put(keys[0], chunk_of(1500));
    const auto held = memory.find(keys[0]);
    memory.put(keys[1], chunk_of(1500));
    CHECK_FALSE(memory.contains(keys[0]));
    CHECK(held->bytes.size() == 1500);
}

TEST_CASE("chunk memory: bytes are bounded over all shards, also for tiny chunks and none at all") {
    ChunkMemory memory(100'000);
    for (std::uint64_t i = 0; i < 5000; ++i)
        memory.put({ObjectId::random(), ChunkIndex{i}}, chunk_of(1 + i % 300));
    CHECK(memory.bytes() <= 100'000);
    CHECK(memory.bytes() > 50'000);
    ChunkMemory none(0);
    const ChunkKey key{ObjectId::random(), ChunkIndex{0}};
    none.put(key, chunk_of(1));
    CHECK_FALSE(none.contains(key));
}

TEST_CASE("chunk memory: a key holds one chunk, the newest, until it is removed") {
    ChunkMemory memory(100'000);
    const ChunkKey key{ObjectId::random(), ChunkIndex{0}};
    memory.put(key, chunk_of(10));
    const auto before = memory.bytes();
    memory.put(key, chunk_of(10));
    CHECK(memory.bytes() == before);
    memory.remove(key);
    memory.remove(key);
    CHECK(memory.bytes() == 0);
    CHECK(memory.find(key) == nullptr);
}
