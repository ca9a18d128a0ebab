#pragma once
// PiecePool: buffers of one size for what is read from the destinations of tunnels, used again and again: the allocator would give their pages
// back to the system and fault them in anew. Used by carry_tunnel; knows nothing of tunnels.
// Threads: one, where pieces come back too. They may outlive the pool.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

namespace ferry::relay {

class PiecePool {
 public:
  static constexpr std::size_t kPieceBytes = 64 * 1024;
  /// What the queue of one busy session holds (wire::kMaxQueuedBytes); the rest goes back to the system.
  static constexpr std::size_t kMaxIdle = 64;

  /// Room for kPieceBytes.
  std::shared_ptr<std::uint8_t> take() {
    std::unique_ptr<std::uint8_t[]> buffer;
    if (shelf_->empty()) {
      buffer = std::make_unique_for_overwrite<std::uint8_t[]>(kPieceBytes);
    } else {
      buffer = std::move(shelf_->back());
      shelf_->pop_back();
    }
    return {buffer.release(), [shelf = shelf_](std::uint8_t* bytes) {
              std::unique_ptr<std::uint8_t[]> back(bytes);
              if (shelf->size() < kMaxIdle) shelf->push_back(std::move(back));
            }};
  }

  std::size_t idle() const { return shelf_->size(); }

 private:
  using Shelf = std::vector<std::unique_ptr<std::uint8_t[]>>;
  std::shared_ptr<Shelf> shelf_ = std::make_shared<Shelf>();
};

/// What holds the first `size` bytes of a piece, and no more than twice as much: a queue of small ones must not hold large buffers.
inline std::shared_ptr<const std::uint8_t> to_keep(std::shared_ptr<std::uint8_t> piece, std::size_t size) {
  if (size >= PiecePool::kPieceBytes / 2) return piece;
  auto copy = std::make_shared_for_overwrite<std::uint8_t[]>(size);
  std::memcpy(copy.get(), piece.get(), size);
  return {copy, copy.get()};
}

}  // namespace ferry::relay
