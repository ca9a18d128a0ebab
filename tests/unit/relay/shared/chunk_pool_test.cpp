#include "relay/shared/chunk_pool.hpp"

#include "protocol/content/geometry.hpp"
#include "protocol/content/merkle.hpp"

#include <doctest/doctest.h>

using namespace ferry::relay;
using ferry::base::ChunkIndex;
using ferry::content::kChunkBytes;

TEST_CASE("chunk pool: a buffer comes back when the last holder of its chunk lets go") {
    ChunkPool pool;
    auto buffer = pool.take();
    CHECK(buffer.capacity() >= kChunkBytes);
    const auto* place = buffer.data();
    buffer.assign(kChunkBytes, 7);
    auto chunk = pool.seal(std::move(buffer), ChunkIndex{1});
    CHECK(chunk->bytes.data() == place);
    CHECK(chunk->hash == ferry::content::chunk_hash(ChunkIndex{1}, ferry::base::ByteView{chunk->bytes}));
    auto second = chunk;
    chunk.reset();
    CHECK(pool.idle() == 0);
    second.reset();
    CHECK(pool.idle() == 1);
    CHECK(pool.take().data() == place);
}

TEST_CASE("chunk pool: a short body does not hold a whole buffer") {
    ChunkPool pool;
    auto buffer = pool.take();
    buffer.assign(100, 7);
    const auto chunk = pool.seal(std::move(buffer), ChunkIndex{0});
    CHECK(chunk->bytes.size() == 100);
    CHECK(chunk->bytes.capacity() < 1000);
    CHECK(pool.idle() == 1);
}

TEST_CASE("chunk pool: no more idle buffers are kept than it was told, and chunks may outlive it") {
    ChunkPtr last;
    {
        ChunkPool pool(2);
        std::vector<ferry::base::Bytes> taken;
        for (int i = 0; i < 4; ++i)
            taken.push_back(pool.take());
        for (auto& buffer : taken)
            pool.give_back(std::move(buffer));
        CHECK(pool.idle() == 2);
        auto buffer = pool.take();
        buffer.assign(kChunkBytes, 1);
        last = pool.seal(std::move(buffer), ferry::base::Hash256{});
    }
    CHECK(last->bytes.size() == kChunkBytes);
    last.reset();
}
