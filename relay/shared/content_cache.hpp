#pragma once
// ContentCache: everything the workers share about content: which objects are known, their chunks in memory
// and on disk, who is fetching what. One per process. What may be stored and for how long is decided by
// relay/content; nothing here talks to an origin.

#include "protocol/base/result.hpp"
#include "relay/shared/blocking_pool.hpp"
#include "relay/shared/chunk_memory.hpp"
#include "relay/shared/chunk_pool.hpp"
#include "relay/shared/content_counters.hpp"
#include "relay/shared/disk_store.hpp"
#include "relay/shared/object_index.hpp"
#include "relay/shared/openings.hpp"
#include "relay/shared/root_index.hpp"
#include "relay/shared/settings.hpp"

#include <filesystem>
#include <memory>

namespace ferry::relay {

struct CacheUse {
    std::uint64_t memory_bytes = 0, disk_bytes = 0;
    std::uint64_t objects = 0;
    bool disk_writable = true;  ///< false while the disk is full or broken and the relay goes on from memory
};

struct CacheLimits {
    ObjectLimits object;
    IndexLimits index;
    std::chrono::milliseconds disk_retry{30'000};
};

/// Threads: any. Lifetime: outlives every ContentSource; destroy it before the pool.
class ContentCache {
  public:
    /// `directory` empty, or disk_bytes 0: memory only. Reads the index of an earlier run, so it may block:
    /// call it at start. A directory that cannot be used is no error: the relay goes on from memory and use()
    /// says so.
    ContentCache(const CacheSettings& settings, const std::filesystem::path& directory, BlockingPool& pool,
                 ContentCounters& counters, CacheLimits limits = {});
    ~ContentCache();
    ContentCache(const ContentCache&) = delete;
    ContentCache& operator=(const ContentCache&) = delete;

    /// Waits until writes that were begun are on disk. For shutdown and tests; blocks.
    void flush();

    CacheUse use() const;
    /// Roots of whole objects, those asked for last first, as far as that is cheap to tell; at most `limit`.
    std::vector<base::Hash256> recent_roots(std::size_t limit) { return index_.recent_roots(limit); }

    // For relay/content.

    ChunkPool& buffers() { return buffers_; }
    Openings& openings() { return openings_; }
    BlockingPool& pool() { return pool_; }
    /// Null: memory only.
    const std::shared_ptr<DiskStore>& disk() const { return disk_; }

    const CacheLimits& limits() const { return limits_; }

    /// A new object; without a place it is private and never stored.
    std::shared_ptr<Object> make_object(ObjectHead head, std::optional<CachePlace> place);

    /// The stored variant that `request` selects, fresh or not; null when there is none that may be used.
    std::shared_ptr<Object> find(const UrlKey& key, const ferry::content::Headers& request);
    /// From now on find() gives it, instead of what was in its place. Only for shared objects.
    void publish(const std::shared_ptr<Object>& object);
    void forget(const Object& object);
    /// The head on disk becomes what it is in memory.
    void save_head(const Object& object);
    /// Keeps a chunk that was read from disk in memory.
    void remember(const Object& object, std::uint64_t index, const ChunkPtr& chunk);
    /// Writes a chunk of a shared object to disk.
    void save_chunk(const Object& object, std::uint64_t index, const ChunkPtr& chunk);
    /// In memory or on disk.
    bool holds(const Object& object, std::uint64_t index) const;

    /// Objects that are whole, by their root.
    RootIndex& roots() { return roots_; }

  private:
    Object::Surroundings surroundings() { return {&memory_, limits_.object, hashes_}; }
    void recover();
    void drop(const ObjectIndex::Forgotten& forgotten);

    CacheLimits limits_;
    BlockingPool& pool_;
    std::shared_ptr<HashCount> hashes_ = std::make_shared<HashCount>(0);
    ChunkPool buffers_;
    ChunkMemory memory_;
    ObjectIndex index_;
    RootIndex roots_;
    Openings openings_;
    std::shared_ptr<DiskStore> disk_;
    bool disk_wanted_ = false;
};

}  // namespace ferry::relay
