#pragma once
// Small files that must survive a crash whole: written beside, synced, renamed. Key files are mode 0600 and are refused when others could read
// them.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/base/result.hpp"

namespace ferry::client {

/// After it, `path` holds `text` or what it held before. Mode 0600. Error: environment "file_write".
base::Result<void> write_private_file(const std::filesystem::path& path, std::string_view text);

/// nullopt when there is none. Errors: environment "file_read", "file_not_private" (group or others may read or write it), "file_too_large".
base::Result<std::optional<std::string>> read_private_file(const std::filesystem::path& path, std::size_t limit);

/// The same without looking at who else may read it.
base::Result<std::optional<std::string>> read_small_file(const std::filesystem::path& path, std::size_t limit);

/// Makes a rename or creation in `directory` durable. Error: environment "file_write".
base::Result<void> sync_directory(const std::filesystem::path& directory);

/// A file descriptor that closes itself.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  explicit operator bool() const { return number_ >= 0; }
  int get() const { return number_; }
  void close();

 private:
  int number_ = -1;
};

/// Writes all of `bytes` at `offset`; -1 appends. False with errno set.
bool write_fully(int descriptor, std::string_view bytes, std::int64_t offset);

/// "PATH: what errno says".
std::string file_error(const std::filesystem::path& path, int error);

}  // namespace ferry::client
