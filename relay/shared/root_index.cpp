#include "relay/shared/root_index.hpp"

#include <algorithm>

namespace ferry::relay {

namespace {

constexpr std::uint16_t kOk = 200;
/// A body of so many bytes hashes like an inner node of the tree (BEP 52), so no client may believe its root.
constexpr std::uint64_t kNodeBytes = 64;

bool may_be_found(const Object& object) {
    const auto head = object.head();
    return object.shared() && !object.retired() && !object.broken() && head->status == kOk && head->length &&
           *head->length > 0 && *head->length != kNodeBytes;
}

}  // namespace

void RootIndex::note(const std::shared_ptr<Object>& object) {
    if (!may_be_found(*object)) return;
    const auto root = object->root();
    if (!root) return;
    const std::lock_guard lock(mutex_);
    objects_[*root] = object;
    if (objects_.size() >= sweep_at_) sweep();
}

std::shared_ptr<Object> RootIndex::find(const base::Hash256& root) {
    std::shared_ptr<Object> object;
    {
        const std::lock_guard lock(mutex_);
        const auto found = objects_.find(root);
        if (found == objects_.end()) return nullptr;
        object = found->second.lock();
        if (!object) objects_.erase(found);
    }
    return object && may_be_found(*object) ? object : nullptr;
}

/// What lives is bounded by the cache; so is this, at twice that.
void RootIndex::sweep() {
    std::erase_if(objects_, [](const auto& entry) { return entry.second.expired(); });
    sweep_at_ = std::max<std::size_t>(1024, 2 * objects_.size());
}

std::size_t RootIndex::size() const {
    const std::lock_guard lock(mutex_);
    return objects_.size();
}

}  // namespace ferry::relay
