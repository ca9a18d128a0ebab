#pragma once
// ChunkFiles: one file per chunk below a directory. Plain blocking file calls for the blocking pool; what is
// valid and what must go is decided by DiskStore.

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"
#include "relay/shared/object_key.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace ferry::relay {

/// Threads: any, as long as one file is not written and removed at the same time.
class ChunkFiles {
  public:
    explicit ChunkFiles(std::filesystem::path directory) : directory_(std::move(directory)) {}

    /// Makes the directories. Errors: environment "disk_unusable".
    base::Result<void> prepare() const;

    /// Errors: environment "disk_full" (also a quota or a size limit), "disk_failed". Leaves no torn file
    /// behind.
    base::Result<void> write(const ChunkKey& key, base::ByteView bytes) const;

    /// Appends the file's bytes to `into`. False when it is missing, cannot be read or is larger than a
    /// chunk.
    bool read(const ChunkKey& key, base::Bytes& into) const;

    void remove(const ChunkKey& key) const;

    /// Calls `visit` with the name of every file; removes those for which it says false.
    void sweep(const std::function<bool(const std::string&)>& visit) const;

    /// What the file system has left for this process; 0 if it cannot be told.
    std::uint64_t free_bytes() const;

    static std::string name_of(const ChunkKey& key);

  private:
    std::filesystem::path path_of(const ChunkKey& key) const;

    std::filesystem::path directory_;
};

}  // namespace ferry::relay
