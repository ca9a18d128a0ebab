#include "channels/journal_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace ferry::channels {
namespace {

using base::Result;

constexpr mode_t kOwnerOnly = 0600;

base::Error io_error(const std::filesystem::path& path, const char* what, int error) {
  return base::environment("journal_io", std::string{what} + " " + path.string() + ": " + std::generic_category().message(error) +
                                             "; free space or repair the disk, then restart");
}

/// Whether `fd` is still what `path` names: another process may have replaced the file before this one held the lock.
bool names(const std::filesystem::path& path, int fd) {
  struct stat by_name {};
  struct stat by_fd {};
  return ::stat(path.c_str(), &by_name) == 0 && ::fstat(fd, &by_fd) == 0 && by_name.st_ino == by_fd.st_ino &&
         by_name.st_dev == by_fd.st_dev;
}

template <typename Call>
auto retried(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

}  // namespace

base::Unexpected JournalFile::failed(const char* what, int error) const { return base::fail(io_error(path_, what, error)); }

Result<JournalFile> JournalFile::open(const std::filesystem::path& path) {
  for (;;) {
    const int fd = retried([&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kOwnerOnly); });
    if (fd < 0) return base::fail(io_error(path, "cannot open", errno));
    JournalFile file(fd, path);
    if (retried([&] { return ::flock(fd, LOCK_EX | LOCK_NB); }) != 0) {
      if (errno != EWOULDBLOCK) return file.failed("cannot lock", errno);
      return base::fail(base::environment("journal_locked", path.string() + " is in use by another process: stop it, or use another data directory"));
    }
    if (names(path, fd)) return file;
  }
}

Result<JournalFile> JournalFile::create_empty(const std::filesystem::path& path) {
  FERRY_TRY(JournalFile file, open(path));
  FERRY_CHECK(file.truncate(0));
  return file;
}

JournalFile::JournalFile(JournalFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

JournalFile& JournalFile::operator=(JournalFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  return *this;
}

JournalFile::~JournalFile() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::uint64_t> JournalFile::size() const {
  struct stat status {};
  if (::fstat(fd_, &status) != 0) return failed("cannot examine", errno);
  return static_cast<std::uint64_t>(status.st_size);
}

Result<std::size_t> JournalFile::read_at(std::uint64_t offset, base::MutableByteView out) const {
  std::size_t done = 0;
  while (done < out.size()) {
    const auto count = retried([&] { return ::pread(fd_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done)); });
    if (count < 0) return failed("cannot read", errno);
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

Result<void> JournalFile::write_at(std::uint64_t offset, base::ByteView bytes) {
  while (!bytes.empty()) {
    const auto count = retried([&] { return ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
    if (count < 0) return failed("cannot write", errno);
    offset += static_cast<std::uint64_t>(count);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

Result<void> JournalFile::preallocate(std::uint64_t from, std::uint64_t size) {
  int error = EINTR;
  while (error == EINTR) error = ::posix_fallocate(fd_, static_cast<off_t>(from), static_cast<off_t>(size - from));
  if (error != 0) return failed("cannot set space aside for", error);
  return {};
}

Result<void> JournalFile::truncate(std::uint64_t size) {
  if (retried([&] { return ::ftruncate(fd_, static_cast<off_t>(size)); }) != 0) return failed("cannot cut", errno);
  return {};
}

Result<void> JournalFile::sync() {
  if (::fdatasync(fd_) != 0) return failed("cannot make durable", errno);
  return {};
}

Result<void> JournalFile::rename(const std::filesystem::path& to) {
  if (::rename(path_.c_str(), to.c_str()) != 0) return failed("cannot rename", errno);
  path_ = to;
  return sync_name();
}

Result<void> JournalFile::sync_name() const {
  const auto parent = path_.parent_path();
  const std::filesystem::path directory = parent.empty() ? std::filesystem::path{"."} : parent;
  const int fd = retried([&] { return ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (fd < 0) return failed("cannot open the directory of", errno);
  const int result = ::fsync(fd);
  const int error = errno;
  ::close(fd);
  if (result != 0) return failed("cannot make durable the name of", error);
  return {};
}

}  // namespace ferry::channels
