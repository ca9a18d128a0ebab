#include "relay/content/object_body.hpp"

#include "protocol/content/geometry.hpp"
#include "relay/content/describe_head.hpp"

#include <chrono>

namespace ferry::relay::content {

namespace asio = boost::asio;
using base::fail;
using base::Result;
using pricing::ChunkSource;

namespace {

constexpr std::chrono::seconds kDiskTimeout{30};
/// Flights have their own deadlines; this only bounds how long a lost wake-up could go unnoticed.
constexpr std::chrono::seconds kLookAgain{60};
/// A chunk may be let go between its arrival and the reader's coming for it; not time and again.
constexpr int kMaxAttempts = 8;

ServedChunk served(ChunkPtr chunk, ChunkSource source) {
    ServedChunk out;
    out.chunk = std::move(chunk);
    out.source = source;
    return out;
}

}  // namespace

ObjectBody::ObjectBody(std::shared_ptr<Fetcher> fetcher, std::shared_ptr<const Errand> errand, Seat seat,
                       Head head, bool bodiless)
    : fetcher_(std::move(fetcher)),
      errand_(std::move(errand)),
      seat_(std::move(seat)),
      object_(seat_.object()),
      head_(std::move(head)),
      bodiless_(bodiless) {
    if (bodiless_) seat_.leave();
}

Head ObjectBody::final_head() const {
    Head head = head_;
    if (!bodiless_ && errand_) add_hashes(*object_, head);
    return head;
}

bool ObjectBody::held(base::ChunkIndex index) const {
    if (bodiless_ || !seat_.was_there_before(index.value)) return false;
    return object_->has_at_hand(index.value) || fetcher_->cache().holds(*object_, index.value);
}

base::Hash256 ObjectBody::hash_of(base::ChunkIndex index) const {
    if (index.value == last_index_ && !last_hash_.is_zero()) return last_hash_;
    return object_->hash_of(index.value).value_or(base::Hash256{});
}

std::function<bool(std::uint64_t)> ObjectBody::holds() const {
    return [&cache = fetcher_->cache(), object = object_.get()](std::uint64_t index) {
        return cache.holds(*object, index);
    };
}

asio::awaitable<Result<ServedChunk>> ObjectBody::chunk(base::ChunkIndex index) {
    const auto length = head_.length;
    const bool is_beyond = !errand_ && length && index.value >= ferry::content::chunk_count(*length);
    if (bodiless_ || is_beyond) co_return ServedChunk{};
    const bool before = seat_.was_there_before(index.value);
    auto chunk = co_await held_chunk(index.value);
    Result<ServedChunk> out;
    if (chunk) {
        out = served(std::move(chunk), before ? ChunkSource::hit : ChunkSource::miss);
    } else if (!errand_) {
        out = fail(base::environment("content_evicted", "the relay no longer holds all of this object; ask another one"));
    } else {
        out = co_await fetched_chunk(index.value);
    }
    if (!out || !out->chunk) co_return out;
    last_index_ = index.value;
    last_hash_ = out->chunk->hash;
    if (out->source == ChunkSource::miss) {
        ContentCounters::add(fetcher_->counters().chunk_misses);
        if (errand_) launch_ahead(index.value);
    }
    co_return out;
}

asio::awaitable<ChunkPtr> ObjectBody::held_chunk(std::uint64_t index) {
    auto& cache = fetcher_->cache();
    if (auto chunk = object_->find(seat_.reader(), index)) {
        if (seat_.was_there_before(index)) ContentCounters::add(fetcher_->counters().memory_hits);
        co_return chunk;
    }
    const auto key = object_->key_of(index);
    if (!cache.disk() || !object_->shared() || !cache.disk()->contains(key)) co_return nullptr;

    using Checked = std::optional<DiskStore::Checked>;
    // The work owns what it touches: it may outlast this wait.
    std::function<Checked()> work = [disk = cache.disk(), key,
                                     buffer = std::make_shared<base::Bytes>(cache.buffers().take())] {
        return disk->read(key, std::move(*buffer));
    };
    auto reading = run_blocking<Checked>(fetcher_->io(), cache.pool(), std::move(work), kDiskTimeout);
    auto read = co_await std::move(reading);
    if (!read || !*read || !object_->learn(index, (*read)->hash)) co_return nullptr;
    auto chunk = cache.buffers().seal(std::move((*read)->bytes), (*read)->hash);
    cache.remember(*object_, index, chunk);
    ContentCounters::add(fetcher_->counters().disk_hits);
    co_return chunk;
}

asio::awaitable<Result<ServedChunk>> ObjectBody::fetched_chunk(std::uint64_t index) {
    const auto holds_chunk = holds();
    for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
        Reply<Arrival> reply(fetcher_->io());
        Gathering::Wake wake = [reply](Arrival arrived) { reply.deliver(std::move(arrived)); };
        auto wanted = object_->want(seat_.reader(), index, holds_chunk, std::move(wake));
        if (!wanted) co_return fail(std::move(wanted).error());
        if (wanted->chunk) co_return served(std::move(wanted->chunk), ChunkSource::miss);
        if (wanted->body_ends) co_return ServedChunk{};
        if (wanted->launch) fetcher_->start(object_, *wanted->launch, errand_);

        auto waiting = arrival(reply);
        auto arrived = co_await std::move(waiting);
        if (auto* chunk = std::get_if<ChunkPtr>(&arrived))
            co_return served(std::move(*chunk), ChunkSource::miss);
        if (std::holds_alternative<BodyEnds>(arrived)) co_return ServedChunk{};
        if (auto* error = std::get_if<base::Error>(&arrived)) co_return fail(std::move(*error));
    }
    co_return fail(base::environment("origin_unreachable",
                                     "the relay could not get hold of this chunk; try again later"));
}

asio::awaitable<Arrival> ObjectBody::arrival(Reply<Arrival> reply) {
    for (;;) {
        auto came = co_await reply.get(kLookAgain);
        if (came) co_return std::move(*came);
    }
}

void ObjectBody::launch_ahead(std::uint64_t index) {
    if (const auto launch = object_->plan_ahead(seat_.reader(), index, holds()))
        fetcher_->start(object_, *launch, errand_);
}

}  // namespace ferry::relay::content
