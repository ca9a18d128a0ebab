#pragma once
// Seat: a place among the readers of an object, left when it is destroyed. As long as somebody sits, the
// chunks wanted from there on keep coming.

#include "relay/shared/object.hpp"

#include <memory>
#include <utility>

namespace ferry::relay::content {

/// Moves, does not copy. Threads: one at a time.
class Seat {
  public:
    Seat() = default;
    Seat(std::shared_ptr<Object> object, ChunkSpan span)
        : object_(std::move(object)), joined_(object_->join(span)) {}
    ~Seat() { leave(); }
    Seat(Seat&& other) noexcept
        : object_(std::exchange(other.object_, nullptr)),
          joined_(other.joined_),
          sits_(std::exchange(other.sits_, false)) {}
    Seat& operator=(Seat&& other) noexcept {
        leave();
        object_ = std::exchange(other.object_, nullptr);
        joined_ = other.joined_;
        sits_ = std::exchange(other.sits_, false);
        return *this;
    }

    /// Wants nothing more; the object stays reachable.
    void leave() {
        if (object_ && std::exchange(sits_, false)) object_->leave(joined_.reader);
    }

    const std::shared_ptr<Object>& object() const { return object_; }
    ReaderId reader() const { return joined_.reader; }
    /// The chunk came before its reader did.
    bool was_there_before(std::uint64_t index) const {
        const auto serial = object_->serial_of(index);
        return serial != 0 && serial <= joined_.serial;
    }

  private:
    std::shared_ptr<Object> object_;
    Object::Joined joined_;
    bool sits_ = true;
};

}  // namespace ferry::relay::content
