#pragma once
// ByteQueue: bytes that go in at the back and come out at the front, in one contiguous buffer that is reused and never filled with zeros.
// The TLS engine's two directions. Threads: none.

#include <cstddef>
#include <cstdint>
#include <memory>

#include "protocol/base/bytes.hpp"

namespace ferry::wire {

class ByteQueue {
 public:
  bool empty() const { return begin_ == end_; }
  std::size_t size() const { return end_ - begin_; }
  std::size_t capacity() const { return capacity_; }
  /// Lifetime: until the next call that is not const.
  base::ByteView view() const { return {buffer_.get() + begin_, size()}; }

  /// Makes room for `count` more bytes, so that appending them in parts moves nothing.
  void reserve(std::size_t count);
  void append(base::ByteView bytes);
  /// Precondition: count <= size().
  void consume(std::size_t count);
  void clear() { begin_ = end_ = 0; }
  /// Gives the buffer back if nothing is in it.
  void release();

 private:
  std::unique_ptr<std::uint8_t[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace ferry::wire
