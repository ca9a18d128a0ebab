#include "relay/shared/disk_catalog.hpp"

namespace ferry::relay {

namespace {

using Lock = std::lock_guard<std::mutex>;

constexpr std::uint64_t kDiskBlock = 4096;

std::uint64_t on_disk(std::uint32_t bytes) {
    return (bytes + kDiskBlock - 1) / kDiskBlock * kDiskBlock;
}

}  // namespace

bool DiskCatalog::contains(const ChunkKey& key) const {
    const Lock lock(mutex_);
    return entries_.contains(key);
}

std::optional<DiskCatalog::Known> DiskCatalog::use(const ChunkKey& key) {
    const Lock lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end()) return std::nullopt;
    uses_.splice(uses_.begin(), uses_, found->second.use);
    return found->second.known;
}

void DiskCatalog::add(const ChunkKey& key, const Known& known) {
    const Lock lock(mutex_);
    if (const auto found = entries_.find(key); found != entries_.end()) erase(found);
    uses_.push_front(key);
    entries_.emplace(key, Entry{known, uses_.begin()});
    bytes_ += on_disk(known.bytes);
}

bool DiskCatalog::remove(const ChunkKey& key) {
    const Lock lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end()) return false;
    erase(found);
    return true;
}

std::vector<ChunkKey> DiskCatalog::remove(const ObjectId& object) {
    const Lock lock(mutex_);
    std::vector<ChunkKey> removed;
    auto it = entries_.lower_bound(ChunkKey{object, base::ChunkIndex{0}});
    while (it != entries_.end() && it->first.object == object) {
        removed.push_back(it->first);
        erase(it++);
    }
    return removed;
}

std::optional<ChunkKey> DiskCatalog::evict() {
    const Lock lock(mutex_);
    if (uses_.empty()) return std::nullopt;
    const ChunkKey key = uses_.back();
    erase(entries_.find(key));
    return key;
}

std::uint64_t DiskCatalog::bytes() const {
    const Lock lock(mutex_);
    return bytes_;
}

void DiskCatalog::erase(Entries::iterator entry) {
    bytes_ -= on_disk(entry->second.known.bytes);
    uses_.erase(entry->second.use);
    entries_.erase(entry);
}

}  // namespace ferry::relay
