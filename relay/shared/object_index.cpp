#include "relay/shared/object_index.hpp"

#include "relay/shared/selecting.hpp"

#include <algorithm>
#include <utility>

namespace ferry::relay {

std::shared_ptr<Object> ObjectIndex::find(const UrlKey& key, const ferry::content::Headers& request) {
    Shard& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.by_key.find(key);
    if (found == shard.by_key.end()) return nullptr;
    shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
    for (const Variant& variant : found->second->variants) {
        if (is_selected(variant.selecting, request)) return variant.object;
    }
    return nullptr;
}

ObjectIndex::Forgotten ObjectIndex::put(const UrlKey& key, ferry::content::Headers selecting,
                                        std::shared_ptr<Object> object) {
    Forgotten forgotten;
    Shard& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    auto found = shard.by_key.find(key);
    if (found == shard.by_key.end()) {
        shard.entries.push_front(Entry{key, {}});
        found = shard.by_key.emplace(key, shard.entries.begin()).first;
    } else {
        shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
    }
    auto& variants = found->second->variants;
    const auto same = std::find_if(variants.begin(), variants.end(),
                                   [&](const Variant& v) { return v.selecting == selecting; });
    if (same != variants.end()) {
        forget(std::move(*same), forgotten);
        variants.erase(same);
    }
    variants.insert(variants.begin(), Variant{std::move(selecting), std::move(object)});
    objects_.fetch_add(1, std::memory_order_relaxed);
    if (variants.size() > limits_.variants) {
        forget(std::move(variants.back()), forgotten);
        variants.pop_back();
    }
    if (is_full()) evict(shard, forgotten);
    return forgotten;
}

ObjectIndex::Forgotten ObjectIndex::remove(const UrlKey& key, const ObjectId& object) {
    Forgotten forgotten;
    Shard& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.by_key.find(key);
    if (found == shard.by_key.end()) return forgotten;
    auto& variants = found->second->variants;
    const auto it = std::find_if(variants.begin(), variants.end(),
                                 [&](const Variant& v) { return v.object->id() == object; });
    if (it == variants.end()) return forgotten;
    forget(std::move(*it), forgotten);
    variants.erase(it);
    if (variants.empty()) {
        shard.entries.erase(found->second);
        shard.by_key.erase(found);
    }
    return forgotten;
}

bool ObjectIndex::is_full() const {
    return size() > limits_.objects || hashes_->load(std::memory_order_relaxed) > limits_.hashes;
}

void ObjectIndex::forget(Variant variant, Forgotten& into) {
    objects_.fetch_sub(1, std::memory_order_relaxed);
    variant.object->retire();
    into.push_back(std::move(variant.object));
}

void ObjectIndex::evict(Shard& shard, Forgotten& into) {
    // Hashes are given back only when the last reader lets go, so at most a few go at a time: not the whole
    // shard for one long body.
    constexpr int kAtOnce = 4;
    for (int i = 0; i < kAtOnce && is_full() && shard.entries.size() > 1; ++i) {
        Entry& oldest = shard.entries.back();
        for (Variant& variant : oldest.variants)
            forget(std::move(variant), into);
        shard.by_key.erase(oldest.key);
        shard.entries.pop_back();
    }
}

std::vector<base::Hash256> ObjectIndex::recent_roots(std::size_t limit) {
    const std::size_t of_each = (limit + kShards - 1) / kShards;
    constexpr std::size_t kIncomplete = 8;  // that may come before the complete ones of a shard
    std::vector<base::Hash256> roots;
    for (Shard& shard : shards_) {
        std::vector<std::shared_ptr<Object>> recent;
        {
            const std::lock_guard lock(shard.mutex);
            for (const Entry& entry : shard.entries) {
                if (recent.size() == of_each + kIncomplete) break;
                if (!entry.variants.empty()) recent.push_back(entry.variants.front().object);
            }
        }
        // A root may take a while: not under the lock of those who serve.
        std::size_t told = 0;
        for (const auto& object : recent) {
            if (told == of_each || roots.size() == limit) break;
            if (object->broken() || !object->complete()) continue;
            if (const auto root = object->root()) {
                roots.push_back(*root);
                ++told;
            }
        }
    }
    return roots;
}

}  // namespace ferry::relay
