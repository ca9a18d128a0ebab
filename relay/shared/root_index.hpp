#pragma once
// RootIndex: which objects are whole, by the Merkle root of their body, so that they can be asked for by content. It keeps none of them alive: what
// the cache forgets is not found any more. Only shared objects with status 200 are entered; never what belongs to one client.

#include "relay/shared/object.hpp"

#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace ferry::relay {

/// Threads: any.
class RootIndex {
  public:
    /// Enters an object that is whole; does nothing for any other. A later one with the same root takes the place of an earlier one.
    void note(const std::shared_ptr<Object>& object);

    /// Null when there is none that may be used.
    std::shared_ptr<Object> find(const base::Hash256& root);

    std::size_t size() const;

  private:
    void sweep();

    mutable std::mutex mutex_;
    std::unordered_map<base::Hash256, std::weak_ptr<Object>, base::Bytes32Hasher> objects_;
    std::size_t sweep_at_ = 1024;
};

}  // namespace ferry::relay
