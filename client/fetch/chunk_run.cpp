#include "client/fetch/chunk_run.hpp"

#include <algorithm>

#include "protocol/content/geometry.hpp"

namespace ferry::client {

std::uint64_t ChunkRun::first_chunk() const { return range_ ? range_->first / content::kChunkBytes : 0; }

std::uint64_t ChunkRun::end_chunk() const {
  const bool has_end = range_ && range_->last && *range_->last < content::kMaxBodyBytes;
  return has_end ? *range_->last / content::kChunkBytes + 1 : UINT64_MAX;
}

ChunkRun::Missing ChunkRun::missing(std::uint64_t from) const {
  std::uint64_t first = std::max(first_chunk(), from);
  auto entry = present_.lower_bound(first);
  while (entry != present_.end() && entry->first == first) {
    ++first;
    ++entry;
  }
  const std::uint64_t end = std::min(end_chunk(), entry == present_.end() ? UINT64_MAX : entry->first);
  return {first, end == UINT64_MAX ? UINT64_MAX : std::max(end, first) - first};
}

bool ChunkRun::is_complete(std::optional<std::uint64_t> length) const {
  const std::uint64_t end = std::min(end_chunk(), length ? content::chunk_count(*length) : UINT64_MAX);
  return end != UINT64_MAX && missing().first >= end;
}

bool ChunkRun::asks_for_whole(std::optional<std::uint64_t> length) const {
  return first_chunk() == 0 && (length ? end_chunk() >= content::chunk_count(*length) : end_chunk() == UINT64_MAX);
}

bool ChunkRun::begins_within_chunk() const { return range_ && range_->first % content::kChunkBytes != 0; }

std::uint64_t ChunkRun::bytes_of(std::uint64_t length) const {
  if (!range_) return length;
  const bool is_cut = range_->last && *range_->last < length;
  return (is_cut ? *range_->last + 1 : length) - range_->first;
}

ChunkRun::Part ChunkRun::part_of(base::ChunkIndex index, base::ByteView bytes) const {
  const std::uint64_t start = content::chunk_offset(index);
  if (!range_) return {start, bytes};
  const std::uint64_t end = start + bytes.size();
  const std::uint64_t from = std::clamp(range_->first, start, end);
  const std::uint64_t to = range_->last && *range_->last < end ? std::max(*range_->last + 1, from) : end;
  return {from, bytes.subspan(static_cast<std::size_t>(from - start), static_cast<std::size_t>(to - from))};
}

}  // namespace ferry::client
