#include "relay/shared/disk_store.hpp"

#include "protocol/content/merkle.hpp"

#include <spdlog/spdlog.h>

#include <set>
#include <string>
#include <unordered_map>
#include <utility>

namespace ferry::relay {

namespace fs = std::filesystem;

namespace {

/// One transaction of the index.
constexpr std::size_t kJobsAtOnce = 64;
/// Chunks that may go to make room for one new chunk on a file system that others fill.
constexpr int kEvictionsPerWrite = 16;

std::int64_t steady_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

}  // namespace

base::Result<std::shared_ptr<DiskStore>> DiskStore::open(const fs::path& directory, DiskLimits limits,
                                                         BlockingPool& pool, ContentCounters& counters) {
    const fs::path chunks = directory / "chunks";
    FERRY_CHECK(ChunkFiles(chunks).prepare());
    FERRY_TRY(auto index, DiskIndex::open(directory / "index.sqlite"));
    return std::shared_ptr<DiskStore>(new DiskStore(chunks, limits, pool, counters, std::move(index)));
}

DiskStore::DiskStore(const fs::path& directory, DiskLimits limits, BlockingPool& pool,
                     ContentCounters& counters, std::unique_ptr<DiskIndex> index)
    : limits_(limits), pool_(pool), counters_(counters), files_(directory), index_(std::move(index)) {}

std::vector<DiskStore::Recovered> DiskStore::recover() {
    std::set<std::string> present;
    files_.sweep([&](const std::string& name) { return present.insert(name).second; });

    std::vector<Recovered> recovered;
    std::unordered_map<ObjectId, std::size_t, base::Bytes32Hasher> place;
    for (auto& object : index_->objects()) {
        place.emplace(object.id, recovered.size());
        recovered.push_back({std::move(object), {}});
    }
    index_->begin();
    std::set<std::string> known;
    for (const auto& chunk : index_->chunks()) {
        const auto name = ChunkFiles::name_of(chunk.key);
        const auto owner = place.find(chunk.key.object);
        if (owner != place.end() && present.contains(name)) {
            recovered[owner->second].chunks.push_back(chunk);
            known.insert(name);
        } else {
            index_->remove(chunk.key);
        }
    }
    if (const auto committed = index_->commit(); !committed) report_failure(committed.error());
    files_.sweep([&](const std::string& name) { return known.contains(name); });

    for (const auto& [object, chunks] : recovered) {
        for (const auto& chunk : chunks)
            catalog_.add(chunk.key, {chunk.hash, chunk.bytes});
    }
    return recovered;
}

void DiskStore::write(const ChunkKey& key, ChunkPtr chunk) {
    if (catalog_.contains(key)) return;
    if (!writable() && steady_ms() < retry_at_.load(std::memory_order_relaxed)) {
        ContentCounters::add(counters_.disk_writes_skipped);
        return;
    }
    queue(WriteChunk{key, std::move(chunk)});
}

void DiskStore::put(StoredObject object) {
    queue(std::move(object));
}

void DiskStore::remove(const ObjectId& object) {
    queue(RemoveObject{object});
}

std::optional<DiskStore::Checked> DiskStore::read(const ChunkKey& key, base::Bytes buffer) {
    const auto known = catalog_.use(key);
    if (!known) return std::nullopt;
    const bool sound = files_.read(key, buffer) && buffer.size() == known->bytes &&
                       ferry::content::chunk_hash(key.index, base::ByteView{buffer}) == known->hash;
    if (sound) return Checked{std::move(buffer), known->hash};
    // If it was evicted meanwhile, nothing is wrong.
    if (catalog_.remove(key)) {
        ContentCounters::add(counters_.disk_corrupt);
        queue(RemoveChunk{key});
    }
    return std::nullopt;
}

void DiskStore::flush() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return !running_; });
}

void DiskStore::close() {
    std::unique_lock lock(mutex_);
    closed_ = true;
    idle_.wait(lock, [this] { return !running_; });
    index_.reset();
}

void DiskStore::queue(Job job) {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    if (const auto* write = std::get_if<WriteChunk>(&job)) {
        const auto bytes = write->chunk->bytes.size();
        if (queued_bytes_ + bytes > limits_.queued_bytes) {
            ContentCounters::add(counters_.disk_writes_skipped);
            return;
        }
        queued_bytes_ += bytes;
    }
    jobs_.push_back(std::move(job));
    if (running_) return;
    running_ = true;
    pool_.post([self = shared_from_this()] { self->run_jobs(); });
}

std::vector<DiskStore::Job> DiskStore::next_jobs() {
    std::vector<Job> batch;
    const std::lock_guard lock(mutex_);
    while (!jobs_.empty() && batch.size() < kJobsAtOnce) {
        if (const auto* write = std::get_if<WriteChunk>(&jobs_.front()))
            queued_bytes_ -= write->chunk->bytes.size();
        batch.push_back(std::move(jobs_.front()));
        jobs_.pop_front();
    }
    if (batch.empty()) {
        running_ = false;
        idle_.notify_all();
    }
    return batch;
}

void DiskStore::run_jobs() {
    for (auto batch = next_jobs(); !batch.empty(); batch = next_jobs()) {
        index_->begin();
        for (Job& job : batch)
            std::visit([this](auto& each) { apply(each); }, job);
        if (const auto committed = index_->commit(); !committed) report_failure(committed.error());
    }
}

void DiskStore::apply(WriteChunk& job) {
    const auto bytes = static_cast<std::uint32_t>(job.chunk->bytes.size());
    if (catalog_.contains(job.key)) return;
    base::Result<void> written;
    if (make_room(bytes)) {
        written = files_.write(job.key, base::ByteView{job.chunk->bytes});
    } else {
        written =
            base::fail(base::environment("disk_full", "the file system has no room beyond the reserve"));
    }
    if (!written) return report_failure(written.error());
    catalog_.add(job.key, {job.chunk->hash, bytes});
    index_->put(StoredChunk{job.key, job.chunk->hash, bytes});
    ContentCounters::add(counters_.disk_writes);
    ContentCounters::add(counters_.disk_write_bytes, bytes);
    shrink_to(limits_.bytes);
    report_success();
}

void DiskStore::apply(RemoveChunk& job) {
    if (!catalog_.contains(job.key)) drop_file(job.key);
}

void DiskStore::apply(RemoveObject& job) {
    for (const auto& key : catalog_.remove(job.id))
        files_.remove(key);
    index_->remove(job.id);
}

void DiskStore::drop_file(const ChunkKey& key) {
    files_.remove(key);
    index_->remove(key);
}

void DiskStore::shrink_to(std::uint64_t bytes) {
    while (catalog_.bytes() > bytes) {
        const auto evicted = catalog_.evict();
        if (!evicted) return;
        drop_file(*evicted);
    }
}

bool DiskStore::make_room(std::uint64_t bytes) {
    for (int i = 0; files_.free_bytes() < limits_.free_reserve + bytes; ++i) {
        const auto evicted = i < kEvictionsPerWrite ? catalog_.evict() : std::nullopt;
        if (!evicted) return false;
        drop_file(*evicted);
    }
    return true;
}

void DiskStore::report_failure(const base::Error& error) {
    ContentCounters::add(counters_.disk_failures);
    retry_at_.store(steady_ms() + limits_.retry.count(), std::memory_order_relaxed);
    if (writable_.exchange(false))
        spdlog::warn("cache: {}; going on from memory ({})", error.message, error.code);
}

void DiskStore::report_success() {
    if (!writable_.exchange(true)) spdlog::info("cache: the disk takes writes again");
}

}  // namespace ferry::relay
