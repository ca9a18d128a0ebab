#pragma once
// Journal: one append-only file of checksummed records, the memory of a ledger. Used by one thread. The only thing in channels/ that
// touches files; it knows nothing of what the records mean.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

namespace ferry::channels {

class Journal {
 public:
  static constexpr std::size_t kMaxRecordBytes = 64 * 1024;

  /// Opens or creates `path` (mode 0600), takes an exclusive lock on it, and calls `replay` for each record in order. A torn tail (a record
  /// cut short by a crash, or zeros) is cut off; anything else that does not check is refused and nothing is changed.
  /// Errors: environment "journal_locked" (another process), "journal_io"; environment "journal_corrupt" (message names the byte offset,
  /// and says how to go on); an error from `replay` is passed on.
  static base::Result<std::unique_ptr<Journal>> open(const std::filesystem::path& path,
                                                     const std::function<base::Result<void>(base::ByteView record)>& replay);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// Buffers a record; nothing is durable until commit() returns. Precondition: 0 < size <= kMaxRecordBytes; a record that breaks it is not
  /// kept, and the next commit fails.
  void append(base::ByteView record);
  /// Writes all buffered records and returns after fdatasync. On error nothing of the batch may be relied on and the journal refuses all
  /// further work: the process must restart and replay (a failed fsync leaves the page cache unknown).
  /// Errors: environment "journal_io" (disk full included), "journal_failed" (an earlier commit failed).
  base::Result<void> commit();

  /// Replaces the file by one that holds exactly `records` (written beside, synced, renamed, directory synced). For compaction at start. A
  /// failure before the replacement stands leaves the journal as it was and in use. Precondition: nothing waits for its commit.
  /// Errors: environment "journal_io", "journal_failed"; bug "journal_rewrite" (the precondition, or a record of an illegal size).
  base::Result<void> rewrite(std::span<const base::Bytes> records);

  std::uint64_t size_bytes() const;
  std::uint64_t torn_bytes_cut() const;  ///< at open, for a log line

 private:
  struct State;
  explicit Journal(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace ferry::channels
