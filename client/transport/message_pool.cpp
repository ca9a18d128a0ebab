#include "client/transport/message_pool.hpp"

#include <mutex>
#include <utility>
#include <vector>

#include "protocol/wire/limits.hpp"

namespace ferry::client {

struct MessagePool::Shelf {
  std::mutex mutex;  // buffers come back from the pool's threads that write files
  std::vector<std::unique_ptr<std::uint8_t[]>> idle;

  void put(std::unique_ptr<std::uint8_t[]> buffer) {
    const std::lock_guard lock(mutex);
    if (idle.size() < kMaxIdle) idle.push_back(std::move(buffer));
  }
  std::unique_ptr<std::uint8_t[]> get() {
    const std::lock_guard lock(mutex);
    if (idle.empty()) return nullptr;
    auto buffer = std::move(idle.back());
    idle.pop_back();
    return buffer;
  }
};

MessagePool::MessagePool() : shelf_(std::make_shared<Shelf>()) { shelf_->idle.reserve(kMaxIdle); }
MessagePool::~MessagePool() = default;

std::shared_ptr<std::uint8_t> MessagePool::take() {
  auto buffer = shelf_->get();
  if (!buffer) buffer.reset(new std::uint8_t[wire::kMaxMessageToClient]);
  return {buffer.release(), [shelf = shelf_](std::uint8_t* bytes) { shelf->put(std::unique_ptr<std::uint8_t[]>(bytes)); }};
}

std::size_t MessagePool::idle() const {
  const std::lock_guard lock(shelf_->mutex);
  return shelf_->idle.size();
}

}  // namespace ferry::client
