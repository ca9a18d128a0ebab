#include "relay/shared/chunk_hashes.hpp"

namespace ferry::relay {

ChunkHashes::~ChunkHashes() {
    total_->fetch_sub(known_.size(), std::memory_order_relaxed);
}

bool ChunkHashes::learn(std::uint64_t index, const base::Hash256& hash) {
    if (const auto found = known_.find(index); found != known_.end()) return found->second.hash == hash;
    if (index == in_order_.chunks()) in_order_.add(hash);
    if (known_.size() >= kMaxRemembered) return true;
    known_.emplace(index, Known{hash, ++last_serial_});
    total_->fetch_add(1, std::memory_order_relaxed);
    return true;
}

std::optional<base::Hash256> ChunkHashes::find(std::uint64_t index) const {
    const auto found = known_.find(index);
    return found == known_.end() ? std::nullopt : std::optional{found->second.hash};
}

std::uint64_t ChunkHashes::serial_of(std::uint64_t index) const {
    const auto found = known_.find(index);
    return found == known_.end() ? 0 : found->second.serial;
}

std::optional<base::Hash256> ChunkHashes::root(std::uint64_t count) const {
    if (count == 0) return std::nullopt;
    if (in_order_.chunks() == count) return in_order_.root();
    const auto hashes = all(count);
    return hashes.empty() ? std::nullopt : std::optional{ferry::content::root_of(hashes)};
}

std::vector<base::Hash256> ChunkHashes::all(std::uint64_t count) const {
    // Keys are distinct and below `count`, so as many as that are all of them.
    if (count == 0 || known_.size() != count) return {};
    std::vector<base::Hash256> hashes;
    hashes.reserve(known_.size());
    for (const auto& [index, known] : known_)
        hashes.push_back(known.hash);
    return hashes;
}

}  // namespace ferry::relay
