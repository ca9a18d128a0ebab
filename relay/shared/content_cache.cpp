#include "relay/shared/content_cache.hpp"

#include "protocol/content/geometry.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace ferry::relay {

ContentCache::ContentCache(const CacheSettings& settings, const std::filesystem::path& directory,
                           BlockingPool& pool, ContentCounters& counters, CacheLimits limits)
    : limits_(limits), pool_(pool), memory_(settings.memory_bytes), index_(limits.index, hashes_) {
    disk_wanted_ = !directory.empty() && settings.disk_bytes > 0;
    if (!disk_wanted_) return;
    DiskLimits disk_limits;
    disk_limits.bytes = settings.disk_bytes;
    disk_limits.free_reserve = settings.free_reserve_bytes;
    disk_limits.retry = limits.disk_retry;
    auto opened = DiskStore::open(directory, disk_limits, pool, counters);
    if (!opened) {
        spdlog::warn("cache: {}; going on from memory ({})", opened.error().message, opened.error().code);
        return;
    }
    disk_ = std::move(*opened);
    recover();
}

ContentCache::~ContentCache() {
    if (disk_) disk_->close();
}

void ContentCache::flush() {
    if (disk_) disk_->flush();
}

CacheUse ContentCache::use() const {
    CacheUse use;
    use.memory_bytes = memory_.bytes();
    use.disk_bytes = disk_ ? disk_->bytes() : 0;
    use.objects = index_.size();
    use.disk_writable = !disk_wanted_ || (disk_ && disk_->writable());
    return use;
}

std::shared_ptr<Object> ContentCache::make_object(ObjectHead head, std::optional<CachePlace> place) {
    return std::make_shared<Object>(ObjectId::random(), std::move(head), std::move(place), surroundings());
}

std::shared_ptr<Object> ContentCache::find(const UrlKey& key, const ferry::content::Headers& request) {
    auto object = index_.find(key, request);
    if (!object || !object->broken()) return object;
    forget(*object);
    return nullptr;
}

void ContentCache::publish(const std::shared_ptr<Object>& object) {
    drop(index_.put(object->place().key, object->place().selecting, object));
    save_head(*object);
}

void ContentCache::forget(const Object& object) {
    if (object.shared()) drop(index_.remove(object.place().key, object.id()));
}

void ContentCache::drop(const ObjectIndex::Forgotten& forgotten) {
    if (!disk_) return;
    for (const auto& object : forgotten)
        disk_->remove(object->id());
}

void ContentCache::save_head(const Object& object) {
    if (!disk_ || !object.shared() || object.retired()) return;
    const auto head = object.head();
    // Without a validator a part of an object is worth nothing, so it is written down only when it is whole.
    const bool usable_in_parts = !head->validator.empty();
    if (!usable_in_parts && !object.complete()) return;
    disk_->put(StoredObject{object.id(), object.place().key, pack(*head, object.place().selecting)});
}

void ContentCache::remember(const Object& object, std::uint64_t index, const ChunkPtr& chunk) {
    if (object.shared() && !object.retired()) memory_.put(object.key_of(index), chunk);
}

void ContentCache::save_chunk(const Object& object, std::uint64_t index, const ChunkPtr& chunk) {
    if (disk_ && object.shared() && !object.retired()) disk_->write(object.key_of(index), chunk);
}

bool ContentCache::holds(const Object& object, std::uint64_t index) const {
    const auto key = object.key_of(index);
    return memory_.contains(key) || (disk_ && disk_->contains(key));
}

void ContentCache::recover() {
    for (const auto& [stored, chunks] : disk_->recover()) {
        auto head = unpack_stored_head(base::ByteView{stored.head});
        const bool in_parts = head && !head->head.validator.empty();
        const bool whole =
            head && head->head.length && ferry::content::chunk_count(*head->head.length) == chunks.size();
        if (!in_parts && !whole) {
            disk_->remove(stored.id);
            continue;
        }
        CachePlace place{stored.key, std::move(head->selecting)};
        auto object =
            std::make_shared<Object>(stored.id, std::move(head->head), std::move(place), surroundings());
        for (const auto& chunk : chunks)
            object->learn(chunk.key.index.value, chunk.hash);
        roots_.note(object);
        drop(index_.put(stored.key, object->place().selecting, object));
    }
}

}  // namespace ferry::relay
