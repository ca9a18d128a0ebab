#pragma once
// DiskStore: the part of the cache that lies on disk. Writes are queued and done one after the other on the
// blocking pool; reads are checked against the hash: what does not match is removed and counted, never given
// out. A disk that is full stops nothing but the writing.

#include "relay/shared/blocking_pool.hpp"
#include "relay/shared/chunk.hpp"
#include "relay/shared/chunk_files.hpp"
#include "relay/shared/content_counters.hpp"
#include "relay/shared/disk_catalog.hpp"
#include "relay/shared/disk_index.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <variant>
#include <vector>

namespace ferry::relay {

struct DiskLimits {
    std::uint64_t bytes = 0;
    std::uint64_t free_reserve = 0;                         ///< of the file system, never filled
    std::uint64_t queued_bytes = std::uint64_t{64} << 20U;  ///< waiting to be written; more is not stored
    std::chrono::milliseconds retry{30'000};                ///< after a write failed, until the next is tried
};

/// Threads: any. Lifetime: held by shared pointers, because work on the pool may outlast whoever asked for
/// it.
class DiskStore : public std::enable_shared_from_this<DiskStore> {
  public:
    /// Errors: environment "disk_unusable". Blocks.
    static base::Result<std::shared_ptr<DiskStore>> open(const std::filesystem::path& directory,
                                                         DiskLimits limits, BlockingPool& pool,
                                                         ContentCounters& counters);

    struct Recovered {
        StoredObject object;
        std::vector<StoredChunk> chunks;  ///< in rising order
    };
    /// What an earlier run left. Files and rows that do not belong together are removed. Call once, before
    /// anything else. Blocks.
    std::vector<Recovered> recover();

    bool contains(const ChunkKey& key) const { return catalog_.contains(key); }
    std::uint64_t bytes() const { return catalog_.bytes(); }
    bool writable() const { return writable_.load(std::memory_order_relaxed); }

    /// Queued. Dropped while the disk is full, or when too much is queued.
    void write(const ChunkKey& key, ChunkPtr chunk);
    void put(StoredObject object);
    void remove(const ObjectId& object);

    /// Fills `buffer` (its room is used again) with the chunk's checked bytes; nullopt when there is none, or
    /// it was damaged. Blocks: only on the pool.
    struct Checked {
        base::Bytes bytes;
        base::Hash256 hash;
    };
    std::optional<Checked> read(const ChunkKey& key, base::Bytes buffer);

    /// Waits until all that was queued is done. Blocks.
    void flush();
    /// flush(), then the index is closed and nothing is written any more, whoever still holds this for reading:
    /// another store may open the directory. Blocks.
    void close();

  private:
    struct WriteChunk {
        ChunkKey key;
        ChunkPtr chunk;
    };
    struct RemoveChunk {
        ChunkKey key;
    };
    struct RemoveObject {
        ObjectId id;
    };
    using Job = std::variant<WriteChunk, StoredObject, RemoveChunk, RemoveObject>;

    DiskStore(const std::filesystem::path& directory, DiskLimits limits, BlockingPool& pool,
              ContentCounters& counters, std::unique_ptr<DiskIndex> index);

    void queue(Job job);
    void run_jobs();
    std::vector<Job> next_jobs();
    void apply(WriteChunk& job);
    void apply(StoredObject& job) { index_->put(job); }
    void apply(RemoveChunk& job);
    void apply(RemoveObject& job);
    void drop_file(const ChunkKey& key);
    void shrink_to(std::uint64_t bytes);
    /// False when the file system stays too full even without the oldest chunks.
    bool make_room(std::uint64_t bytes);
    void report_failure(const base::Error& error);
    void report_success();

    const DiskLimits limits_;
    BlockingPool& pool_;
    ContentCounters& counters_;
    ChunkFiles files_;
    std::unique_ptr<DiskIndex> index_;  // touched by recover() and run_jobs() only
    DiskCatalog catalog_;
    std::atomic<bool> writable_{true};
    std::atomic<std::int64_t> retry_at_{0};  // steady clock, ms

    std::mutex mutex_;
    std::condition_variable idle_;
    std::deque<Job> jobs_;
    std::uint64_t queued_bytes_ = 0;
    bool running_ = false;
    bool closed_ = false;
};

}  // namespace ferry::relay
