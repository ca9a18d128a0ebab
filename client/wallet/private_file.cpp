#include "client/wallet/private_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace ferry::client {

namespace {

base::Unexpected cannot(const char* code, const std::filesystem::path& path, int error) {
  return base::fail(base::environment(code, file_error(path, error)));
}

base::Result<std::optional<std::string>> read_file(const std::filesystem::path& path, std::size_t limit, bool must_be_private) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    if (errno == ENOENT) return std::optional<std::string>{};
    return cannot("file_read", path, errno);
  }
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return cannot("file_read", path, errno);
  if (must_be_private && (facts.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return base::fail(base::environment("file_not_private", path.string() + " can be used by others: run chmod 600 on it, and think about whether its key is still yours alone"));
  }
  if (facts.st_size < 0 || static_cast<std::uint64_t>(facts.st_size) > limit) {
    return base::fail(base::environment("file_too_large", path.string() + " is not what it should be: " + std::to_string(facts.st_size) + " bytes"));
  }
  std::string text(static_cast<std::size_t>(facts.st_size), '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const ssize_t count = ::read(file.get(), text.data() + filled, text.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return cannot("file_read", path, errno);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  text.resize(filled);
  return std::optional<std::string>(std::move(text));
}

}  // namespace

Descriptor::Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    close();
    number_ = std::exchange(other.number_, -1);
  }
  return *this;
}

void Descriptor::close() {
  if (number_ >= 0) ::close(std::exchange(number_, -1));
}

std::string file_error(const std::filesystem::path& path, int error) { return path.string() + ": " + std::strerror(error); }

bool write_fully(int descriptor, std::string_view bytes, std::int64_t offset) {
  while (!bytes.empty()) {
    const ssize_t count = offset < 0 ? ::write(descriptor, bytes.data(), bytes.size()) : ::pwrite(descriptor, bytes.data(), bytes.size(), offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
    if (offset >= 0) offset += count;
  }
  return true;
}

base::Result<void> sync_directory(const std::filesystem::path& directory) {
  const auto place = directory.empty() ? std::filesystem::path(".") : directory;
  const Descriptor opened(::open(place.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened || ::fsync(opened.get()) != 0) return cannot("file_write", place, errno);
  return {};
}

base::Result<void> write_private_file(const std::filesystem::path& path, std::string_view text) {
  auto beside = path;
  beside += ".new";
  Descriptor file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file) return cannot("file_write", beside, errno);
  if (!write_fully(file.get(), text, 0) || ::fsync(file.get()) != 0) {
    const int error = errno;
    ::unlink(beside.c_str());
    return cannot("file_write", beside, error);
  }
  file.close();
  if (::rename(beside.c_str(), path.c_str()) != 0) return cannot("file_write", path, errno);
  return sync_directory(path.parent_path());
}

base::Result<std::optional<std::string>> read_private_file(const std::filesystem::path& path, std::size_t limit) {
  return read_file(path, limit, true);
}

base::Result<std::optional<std::string>> read_small_file(const std::filesystem::path& path, std::size_t limit) {
  return read_file(path, limit, false);
}

}  // namespace ferry::client
