#include "channels/journal_reader.hpp"

#include <algorithm>
#include <string>

#include "channels/journal_format.hpp"

namespace ferry::channels {
namespace {

using base::ByteView;
using base::Result;
namespace format = journal_format;

constexpr std::size_t kReadBytes = 256 * 1024;

bool is_zero(ByteView bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace

JournalReader::JournalReader(const JournalFile& file, std::uint64_t size, std::size_t max_payload)
    : file_(file), size_(size), max_payload_(max_payload) {}

base::Unexpected JournalReader::corrupt(const char* what) const {
  return base::fail(base::environment(
      "journal_corrupt", file_.path().string() + " is damaged at byte " + std::to_string(end_) + " (" + what +
                             "); nothing was changed. Restore it from a copy, or move it away to start without it: channels are then read "
                             "from the chain, and what was not claimed or confirmed is forfeit"));
}

Result<ByteView> JournalReader::window(std::uint64_t offset, std::size_t count) {
  const std::uint64_t end = std::min<std::uint64_t>(size_, offset + count);
  if (offset >= end) return ByteView{};
  if (offset < buffer_at_ || end > buffer_at_ + buffer_.size()) {
    buffer_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(size_ - offset, std::max(count, kReadBytes))));
    buffer_at_ = offset;
    FERRY_TRY(const std::size_t read, file_.read_at(offset, buffer_));
    if (read != buffer_.size()) return corrupt("it became shorter while it was read");
  }
  return ByteView{buffer_}.subspan(static_cast<std::size_t>(offset - buffer_at_), static_cast<std::size_t>(end - offset));
}

Result<std::uint64_t> JournalReader::last_written(std::uint64_t from) {
  std::uint64_t last = from;
  for (std::uint64_t at = from; at < size_; at += kReadBytes) {
    FERRY_TRY(const ByteView bytes, window(at, kReadBytes));
    const auto it = std::find_if(bytes.rbegin(), bytes.rend(), [](std::uint8_t byte) { return byte != 0; });
    if (it != bytes.rend()) last = at + static_cast<std::uint64_t>(bytes.rend() - it);
  }
  return last;
}

Result<std::optional<ByteView>> JournalReader::stop(std::uint64_t tear, const char* damage) {
  FERRY_TRY(const std::uint64_t last, last_written(end_));
  if (last > tear) return corrupt(damage);
  torn_bytes_ = last - end_;
  return std::nullopt;
}

Result<bool> JournalReader::read_file_head() {
  const auto expected = format::file_head();
  FERRY_TRY(const ByteView head, window(0, expected.size()));
  if (std::ranges::equal(head, expected)) {
    end_ = expected.size();
    return true;
  }
  const auto differ = std::ranges::mismatch(head, expected);
  const bool cut_short = is_zero(ByteView{differ.in1, head.end()});
  if (!cut_short) return corrupt("it does not begin as a journal of this version");
  FERRY_CHECK(stop(head.size(), "its head was never finished, and yet records follow"));
  return false;
}

Result<std::optional<ByteView>> JournalReader::next() {
  FERRY_TRY(const ByteView head, window(end_, format::kHeadBytes));
  if (head.size() < format::kHeadBytes) return stop(size_, "");
  if (is_zero(head)) return stop(end_, "zeros lie between what was written");
  const auto length = format::payload_length(head, sequence_, max_payload_);
  if (!length) return stop(end_ + format::kHeadBytes, "a record's head does not check");

  const std::size_t frame_bytes = format::kHeadBytes + *length + format::kTailBytes;
  FERRY_TRY(const ByteView frame, window(end_, frame_bytes));
  if (frame.size() < frame_bytes) return stop(size_, "");
  if (!format::is_whole(frame, sequence_)) return stop(end_ + frame_bytes - 1, "a record's content does not check");
  end_ += frame_bytes;
  ++sequence_;
  return frame.subspan(format::kHeadBytes, *length);
}

}  // namespace ferry::channels
