#pragma once
// DiskIndex: which objects and chunks lie on disk, in a SQLite file, so that a relay that starts again knows
// them. No URL stands in it. Blocking; used by one thread at a time.

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"
#include "relay/shared/object_key.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

namespace ferry::relay {

struct StoredObject {
    ObjectId id;
    UrlKey key;
    base::Bytes head;  ///< packed, see ObjectHead
};

struct StoredChunk {
    ChunkKey key;
    base::Hash256 hash;
    std::uint32_t bytes = 0;
};

class DiskIndex {
  public:
    /// A file that is damaged or of another version is replaced by an empty one: it is only a cache. One that
    /// somebody holds locked, such as a predecessor that is still closing it, is waited for and never replaced.
    /// Errors: environment "disk_unusable".
    static base::Result<std::unique_ptr<DiskIndex>> open(
        const std::filesystem::path& file, std::chrono::milliseconds patience = std::chrono::seconds{10});
    ~DiskIndex();
    DiskIndex(const DiskIndex&) = delete;
    DiskIndex& operator=(const DiskIndex&) = delete;

    /// In the order in which they were stored.
    std::vector<StoredObject> objects();
    std::vector<StoredChunk> chunks();

    void begin();
    /// Errors: environment "disk_failed": nothing since begin() was kept.
    base::Result<void> commit();

    void put(const StoredObject& object);
    void put(const StoredChunk& chunk);
    void remove(const ObjectId& object);  ///< its chunks as well
    void remove(const ChunkKey& chunk);

  private:
    struct Database;
    explicit DiskIndex(std::unique_ptr<Database> database);
    std::unique_ptr<Database> database_;
};

}  // namespace ferry::relay
