#pragma once
// JournalFile: the system calls of a journal, each with its error as a value. One open, locked file; knows nothing of records.

#include <cstdint>
#include <filesystem>
#include <span>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

namespace ferry::channels {

class JournalFile {
 public:
  /// Opens or creates (mode 0600) and locks `path`, and makes sure that the lock lies on the file that has this name now. Errors: environment
  /// "journal_locked", "journal_io".
  static base::Result<JournalFile> open(const std::filesystem::path& path);
  /// The same, and empties it.
  static base::Result<JournalFile> create_empty(const std::filesystem::path& path);

  JournalFile(JournalFile&& other) noexcept;
  JournalFile& operator=(JournalFile&& other) noexcept;
  JournalFile(const JournalFile&) = delete;
  JournalFile& operator=(const JournalFile&) = delete;
  ~JournalFile();

  base::Result<std::uint64_t> size() const;
  /// Fills `out` from `offset`; less only at the end of the file.
  base::Result<std::size_t> read_at(std::uint64_t offset, base::MutableByteView out) const;
  base::Result<void> write_at(std::uint64_t offset, base::ByteView bytes);
  /// Makes the file at least `size` long with real blocks of zeros.
  base::Result<void> preallocate(std::uint64_t from, std::uint64_t size);
  base::Result<void> truncate(std::uint64_t size);
  /// Returns when content and size are durable.
  base::Result<void> sync();
  /// Gives the file another name, replacing what has it, and makes that durable.
  base::Result<void> rename(const std::filesystem::path& to);
  /// Makes durable that the file has its name.
  base::Result<void> sync_name() const;

  const std::filesystem::path& path() const { return path_; }

 private:
  JournalFile(int fd, std::filesystem::path path) : fd_(fd), path_(std::move(path)) {}
  static base::Result<JournalFile> open_with(const std::filesystem::path& path);
  base::Unexpected failed(const char* what, int error) const;

  int fd_ = -1;
  std::filesystem::path path_;
};

}  // namespace ferry::channels
