#include "protocol/wire/byte_queue.hpp"

#include <algorithm>
#include <cstring>

namespace ferry::wire {
namespace {

constexpr std::size_t kSmallest = 4096;

}  // namespace

void ByteQueue::reserve(std::size_t count) {
  if (capacity_ - end_ >= count) return;
  const std::size_t used = size();
  if (capacity_ - used >= count && used <= capacity_ / 2) {  // moving more than half would cost more than it saves
    std::memmove(buffer_.get(), buffer_.get() + begin_, used);
  } else {
    // By half at least, so that many small appends move each byte a bounded number of times.
    capacity_ = std::max({used + count, capacity_ + capacity_ / 2, kSmallest});
    auto larger = std::make_unique_for_overwrite<std::uint8_t[]>(capacity_);
    if (used > 0) std::memcpy(larger.get(), buffer_.get() + begin_, used);
    buffer_ = std::move(larger);
  }
  begin_ = 0;
  end_ = used;
}

void ByteQueue::append(base::ByteView bytes) {
  if (bytes.empty()) return;
  reserve(bytes.size());
  std::memcpy(buffer_.get() + end_, bytes.data(), bytes.size());
  end_ += bytes.size();
}

void ByteQueue::consume(std::size_t count) {
  begin_ += count;
  if (begin_ == end_) clear();
}

void ByteQueue::release() {
  if (!empty()) return;
  buffer_.reset();
  capacity_ = 0;
  clear();
}

}  // namespace ferry::wire
