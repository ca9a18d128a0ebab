#include "relay/shared/chunk_pool.hpp"

#include "protocol/content/geometry.hpp"
#include "protocol/content/merkle.hpp"

#include <mutex>
#include <utility>
#include <vector>

namespace ferry::relay {

using ferry::content::kChunkBytes;

struct ChunkPool::State {
    explicit State(std::size_t limit) : idle_limit(limit) {}

    void keep(base::Bytes buffer) {
        if (buffer.capacity() < kChunkBytes) return;
        buffer.clear();
        const std::lock_guard lock(mutex);
        if (idle.size() < idle_limit) idle.push_back(std::move(buffer));
    }

    const std::size_t idle_limit;
    std::mutex mutex;
    std::vector<base::Bytes> idle;
};

namespace {

/// A small body must not hold a whole buffer as long as it is cached.
constexpr std::size_t kWorthABuffer = kChunkBytes / 2;

}  // namespace

ChunkPool::ChunkPool(std::size_t idle_limit) : state_(std::make_shared<State>(idle_limit)) {}

base::Bytes ChunkPool::take() {
    base::Bytes buffer;
    {
        const std::lock_guard lock(state_->mutex);
        if (!state_->idle.empty()) {
            buffer = std::move(state_->idle.back());
            state_->idle.pop_back();
        }
    }
    buffer.reserve(kChunkBytes);
    return buffer;
}

void ChunkPool::give_back(base::Bytes buffer) {
    state_->keep(std::move(buffer));
}

ChunkPtr ChunkPool::seal(base::Bytes bytes, base::ChunkIndex index) {
    const auto hash = ferry::content::chunk_hash(index, base::ByteView{bytes});
    return seal(std::move(bytes), hash);
}

ChunkPtr ChunkPool::seal(base::Bytes bytes, const base::Hash256& checked_hash) {
    struct Pooled {
        Chunk chunk;
        std::shared_ptr<State> pool;
        ~Pooled() { pool->keep(std::move(chunk.bytes)); }
    };
    if (bytes.size() < kWorthABuffer) {
        base::Bytes exact(bytes.begin(), bytes.end());
        state_->keep(std::exchange(bytes, std::move(exact)));
    }
    auto pooled = std::make_shared<Pooled>();
    pooled->chunk.bytes = std::move(bytes);
    pooled->chunk.hash = checked_hash;
    pooled->pool = state_;
    return {pooled, &pooled->chunk};
}

std::size_t ChunkPool::idle() const {
    const std::lock_guard lock(state_->mutex);
    return state_->idle.size();
}

}  // namespace ferry::relay
