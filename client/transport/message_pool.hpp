#pragma once
// MessagePool: reused buffers, each as large as the largest message that a relay may send. A fresh quarter megabyte per chunk would cost more
// than decrypting it (docs/benchmarks.md).

#include <cstddef>
#include <memory>

#include "protocol/base/bytes.hpp"

namespace ferry::client {

class MessagePool {
 public:
  /// Kept for reuse; more are given back to the system.
  static constexpr std::size_t kMaxIdle = 16;

  MessagePool();
  ~MessagePool();
  MessagePool(const MessagePool&) = delete;
  MessagePool& operator=(const MessagePool&) = delete;

  /// A buffer of wire::kMaxMessageToClient; its content is undefined. Goes back to the pool with its last owner, from any thread, also after
  /// the pool is gone.
  std::shared_ptr<std::uint8_t> take();
  std::size_t idle() const;

 private:
  struct Shelf;
  std::shared_ptr<Shelf> shelf_;
};

}  // namespace ferry::client
