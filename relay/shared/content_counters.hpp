#pragma once
// ContentCounters: what content fetching and caching have seen, as relaxed atomics that relay/ops exports.
// Nothing is decided by them.

#include <atomic>
#include <cstdint>

namespace ferry::relay {

struct alignas(64) ContentCounters {
    using Count = std::atomic<std::uint64_t>;

    // Requests, by how the object's head was found.
    Count opened_fresh{0};        ///< served from a fresh cache entry
    Count opened_revalidated{0};  ///< the origin said 304
    Count opened_fetched{0};      ///< the origin sent a representation
    Count opened_joined{0};       ///< waited for another request's answer
    Count open_failed{0};

    // Chunks, by where they were found.
    Count memory_hits{0}, disk_hits{0}, chunk_misses{0};

    // The origin.
    Count origin_requests{0}, origin_bytes{0}, origin_chunks{0}, origin_failures{0};
    Count origin_changed{0};  ///< a validator changed in the middle of a body
    Count redirects{0};
    Count exit_rechecks_refused{0};  ///< connections refused when they were about to be made or reused

    // The cache on disk.
    Count disk_writes{0}, disk_write_bytes{0}, disk_writes_skipped{0};
    Count disk_corrupt{0};   ///< chunks whose bytes no longer gave their hash; each was removed
    Count disk_failures{0};  ///< writes that failed (disk full, no permission)

    static void add(Count& counter, std::uint64_t amount = 1) {
        counter.fetch_add(amount, std::memory_order_relaxed);
    }
};

}  // namespace ferry::relay
