#pragma once
// ChunkRun: the chunks that a fetch wants, those of them that are in place, and which of a chunk's bytes belong to what was asked for. Fetch asks it
// what to order next. Does not know where the bytes are, nor whether they are right. Pure.

#include <cstdint>
#include <map>
#include <optional>

#include "protocol/base/bytes.hpp"
#include "protocol/base/ids.hpp"

namespace ferry::client {

/// Bytes of a body, counted from its start.
struct ByteRange {
  std::uint64_t first = 0;
  std::optional<std::uint64_t> last;  ///< inclusive; without one to the end, and one beyond the end is cut

  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

class ChunkRun {
 public:
  struct Missing {
    std::uint64_t first = 0;
    std::uint64_t count = UINT64_MAX;  ///< UINT64_MAX: to the end
  };
  /// What of a chunk is wanted.
  struct Part {
    std::uint64_t offset = 0;  ///< in the body
    base::ByteView bytes;
  };

  /// Without a range the whole body is wanted. Precondition: range->first <= range->last.
  explicit ChunkRun(std::optional<ByteRange> range = std::nullopt) : range_(range) {}

  bool is_whole() const { return !range_.has_value(); }
  /// Chunks that are in place, with their hashes.
  const std::map<std::uint64_t, base::Hash256>& present() const { return present_; }
  bool is_empty() const { return present_.empty(); }
  void put(base::ChunkIndex index, const base::Hash256& hash) { present_[index.value] = hash; }
  void drop(base::ChunkIndex index) { present_.erase(index.value); }
  void drop_all() { present_.clear(); }

  /// The first wanted chunk, not before `from`, that is not there, and how many follow it until one that is there or not wanted.
  Missing missing(std::uint64_t from = 0) const;
  /// Every wanted chunk is there; false as long as it is not known which is the last.
  bool is_complete(std::optional<std::uint64_t> length) const;
  /// A body of `length` bytes has a byte that is wanted. A whole body always does.
  bool fits(std::uint64_t length) const { return !range_ || range_->first < length; }
  /// The wanted chunks are all that a body has. Without a length: whatever it has.
  bool asks_for_whole(std::optional<std::uint64_t> length) const;
  /// The first wanted byte lies within a chunk, so a body that has the chunk may still not have the byte.
  bool begins_within_chunk() const;
  /// Wanted bytes of a body of `length` bytes. Precondition: fits(length).
  std::uint64_t bytes_of(std::uint64_t length) const;
  Part part_of(base::ChunkIndex index, base::ByteView bytes) const;

 private:
  std::uint64_t first_chunk() const;
  /// Behind the last wanted chunk; UINT64_MAX: the body's end.
  std::uint64_t end_chunk() const;

  std::optional<ByteRange> range_;
  std::map<std::uint64_t, base::Hash256> present_;
};

}  // namespace ferry::client
