#pragma once
// ObjectIndex: which object answers which request. A URL has one or more variants, told apart by the request
// fields that Vary named. Bounded by objects and by the hashes they remember; the URLs asked for longest ago
// go first.

#include "relay/shared/object.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace ferry::relay {

struct IndexLimits {
    std::size_t objects = 65'536;
    std::size_t variants = 16;       ///< of one URL
    std::uint64_t hashes = 262'144;  ///< of all objects together: 64 GiB of bodies, about 20 MiB of memory
};

/// Threads: any; each call locks one shard for a moment.
class ObjectIndex {
  public:
    using Forgotten = std::vector<std::shared_ptr<Object>>;

    ObjectIndex(IndexLimits limits, std::shared_ptr<HashCount> hashes)
        : limits_(limits), hashes_(std::move(hashes)) {}
    ObjectIndex(const ObjectIndex&) = delete;
    ObjectIndex& operator=(const ObjectIndex&) = delete;

    /// The newest variant that `request` selects, or null.
    std::shared_ptr<Object> find(const UrlKey& key, const ferry::content::Headers& request);

    /// Stores it in place of the variant with the same selecting fields and values. Gives what had to go,
    /// already retired.
    Forgotten put(const UrlKey& key, ferry::content::Headers selecting, std::shared_ptr<Object> object);

    /// Nothing if it was replaced already.
    Forgotten remove(const UrlKey& key, const ObjectId& object);

    /// Of complete objects; each shard gives its part.
    std::vector<base::Hash256> recent_roots(std::size_t limit);

    std::size_t size() const { return objects_.load(std::memory_order_relaxed); }

  private:
    static constexpr std::size_t kShards = 16;

    struct Variant {
        ferry::content::Headers selecting;
        std::shared_ptr<Object> object;
    };
    struct Entry {
        UrlKey key;
        std::vector<Variant> variants;  // newest first
    };
    using Entries = std::list<Entry>;
    struct alignas(64) Shard {
        std::mutex mutex;
        Entries entries;  // most recently asked for first
        std::unordered_map<UrlKey, Entries::iterator, base::Bytes32Hasher> by_key;
    };

    Shard& shard_of(const UrlKey& key) { return shards_[key.data[0] % kShards]; }
    bool is_full() const;
    void forget(Variant variant, Forgotten& into);
    /// The URL of this shard that was asked for longest ago, but not the newest.
    void evict(Shard& shard, Forgotten& into);

    const IndexLimits limits_;
    std::shared_ptr<HashCount> hashes_;
    std::atomic<std::size_t> objects_{0};
    std::array<Shard, kShards> shards_;
};

}  // namespace ferry::relay
