#pragma once
// DiskCatalog: which chunks lie on disk, with their hashes and the order of their use, in memory, so that
// asking costs no IO. It names what must go when there are too many bytes; DiskStore does the removing.

#include "protocol/base/bytes.hpp"
#include "relay/shared/object_key.hpp"

#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace ferry::relay {

/// Threads: any.
class DiskCatalog {
  public:
    struct Known {
        base::Hash256 hash;
        std::uint32_t bytes = 0;
    };

    bool contains(const ChunkKey& key) const;
    /// Makes it the most recently used.
    std::optional<Known> use(const ChunkKey& key);
    void add(const ChunkKey& key, const Known& known);
    /// False when it was not there.
    bool remove(const ChunkKey& key);

    /// Takes out all chunks of an object.
    std::vector<ChunkKey> remove(const ObjectId& object);
    /// Takes out the least recently used; nullopt when there is none.
    std::optional<ChunkKey> evict();

    /// As the disk counts them: in blocks of 4 KiB.
    std::uint64_t bytes() const;

  private:
    struct Entry {
        Known known;
        std::list<ChunkKey>::iterator use;
    };
    using Entries = std::map<ChunkKey, Entry>;

    void erase(Entries::iterator entry);

    mutable std::mutex mutex_;
    Entries entries_;
    std::list<ChunkKey> uses_;  // most recent first
    std::uint64_t bytes_ = 0;
};

}  // namespace ferry::relay
