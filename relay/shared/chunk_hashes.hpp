#pragma once
// ChunkHashes: the hashes of one object's chunks as far as they are known, and its root. A chunk that comes a
// second time must have the hash it had before. Not thread-safe: Object guards it.

#include "protocol/base/bytes.hpp"
#include "protocol/content/merkle.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace ferry::relay {

/// How many hashes all objects remember together. Threads: any.
using HashCount = std::atomic<std::uint64_t>;

class ChunkHashes {
  public:
    /// 16 GiB of body. Of a longer one only the running root is kept.
    static constexpr std::size_t kMaxRemembered = 65'536;

    explicit ChunkHashes(std::shared_ptr<HashCount> total) : total_(std::move(total)) {}
    ~ChunkHashes();
    ChunkHashes(const ChunkHashes&) = delete;
    ChunkHashes& operator=(const ChunkHashes&) = delete;

    /// False when another hash is known for this chunk.
    bool learn(std::uint64_t index, const base::Hash256& hash);

    std::optional<base::Hash256> find(std::uint64_t index) const;

    /// The serial number of a chunk's first arrival: rises with each new one; 0 for a chunk that is not
    /// remembered.
    std::uint64_t serial_of(std::uint64_t index) const;
    std::uint64_t last_serial() const { return last_serial_; }

    /// Of a body of `count` chunks; nullopt while a hash is missing.
    std::optional<base::Hash256> root(std::uint64_t count) const;
    /// All hashes in order, or none.
    std::vector<base::Hash256> all(std::uint64_t count) const;

  private:
    struct Known {
        base::Hash256 hash;
        std::uint64_t serial;
    };

    std::shared_ptr<HashCount> total_;
    std::map<std::uint64_t, Known> known_;
    ferry::content::RootBuilder in_order_;
    std::uint64_t last_serial_ = 0;
};

}  // namespace ferry::relay
