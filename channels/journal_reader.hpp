#pragma once
// JournalReader: walks through the frames of a journal file and decides, where they stop, whether that is the end, the torn tail of a crash, or
// damage. Used by Journal::open; changes nothing.

#include <cstdint>
#include <optional>

#include "channels/journal_file.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

namespace ferry::channels {

class JournalReader {
 public:
  /// Lifetime: `file` must outlive this.
  JournalReader(const JournalFile& file, std::uint64_t size, std::size_t max_payload);

  /// Checks the head of the file: false when it is empty or torn, so that nothing follows. Errors: environment "journal_corrupt", "journal_io".
  base::Result<bool> read_file_head();
  /// The next record; nullopt at the end. Lifetime: until the next call. Errors: environment "journal_corrupt" (names the offset), "journal_io".
  base::Result<std::optional<base::ByteView>> next();

  /// Where the last whole record ends, and how many there were.
  std::uint64_t end() const { return end_; }
  std::uint64_t records() const { return sequence_; }
  /// After the end: bytes of an unfinished write behind it; zeros that were never written do not count.
  std::uint64_t torn_bytes() const { return torn_bytes_; }

 private:
  /// At most `count` bytes from `offset`, less only at the end of the file. Lifetime: until the next call.
  base::Result<base::ByteView> window(std::uint64_t offset, std::size_t count);
  /// Where the last byte that is not zero lies, plus one; `from` if there is none after it.
  base::Result<std::uint64_t> last_written(std::uint64_t from);
  /// No whole frame begins at end_. It is a tail if nothing was written from `tear` on; what lies before was cut short by a crash.
  base::Result<std::optional<base::ByteView>> stop(std::uint64_t tear, const char* damage);
  base::Unexpected corrupt(const char* what) const;

  const JournalFile& file_;
  std::uint64_t size_;
  std::size_t max_payload_;
  base::Bytes buffer_;
  std::uint64_t buffer_at_ = 0;
  std::uint64_t end_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint64_t torn_bytes_ = 0;
};

}  // namespace ferry::channels
