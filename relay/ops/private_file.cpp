#include "relay/ops/private_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "relay/ops/file_descriptor.hpp"

namespace ferry::relay {

using base::Result;

namespace {

constexpr std::size_t kMaxContent = 64 * 1024;

base::Unexpected failed(const char* what, const std::filesystem::path& path, int error) {
  return base::fail(base::environment("private_file", std::string("cannot ") + what + " " + path.string() + ": " +
                                                          std::generic_category().message(error)));
}

Result<void> check_mode(const FileDescriptor& file, const std::filesystem::path& path) {
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) return failed("look at", path, errno);
  if (!S_ISREG(info.st_mode)) return failed("use", path, EINVAL);
  if ((info.st_mode & 077U) != 0) {
    return base::fail(base::environment("private_file_mode", path.string() + " can be read or changed by others and holds a secret: run chmod 600 " +
                                                                 path.string() + ", and make a new one if a stranger may have seen it"));
  }
  return {};
}

Result<std::string> read_all(const FileDescriptor& file, const std::filesystem::path& path) {
  std::string content;
  std::array<char, 4096> part{};
  for (;;) {
    const auto count = ::read(file.get(), part.data(), part.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("read", path, errno);
    if (count == 0) return content;
    content.append(part.data(), static_cast<std::size_t>(count));
    if (content.size() > kMaxContent) return failed("read", path, EFBIG);
  }
}

Result<void> write_all(const FileDescriptor& file, std::string_view content, const std::filesystem::path& path) {
  while (!content.empty()) {
    const auto count = ::write(file.get(), content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("write", path, errno);
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::fsync(file.get()) != 0) return failed("write", path, errno);
  return {};
}

}  // namespace

Result<std::optional<std::string>> read_private_file(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file && errno == ENOENT) return std::optional<std::string>{};
  if (!file) return failed("open", path, errno);
  FERRY_CHECK(check_mode(file, path));
  FERRY_TRY(auto content, read_all(file, path));
  return std::optional{std::move(content)};
}

namespace {

/// Written under another name first, so that a crash leaves no half of it; then `put` gives it its own.
template <typename Put>
Result<void> write_whole(const std::filesystem::path& path, std::string_view content, Put put) {
  auto draft = path;
  draft += ".new";
  ::unlink(draft.c_str());
  const FileDescriptor file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return failed("create", draft, errno);
  FERRY_CHECK(write_all(file, content, draft));
  if (put(draft.c_str(), path.c_str()) != 0) return failed("create", path, errno);
  const FileDescriptor directory(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.get()) != 0) return failed("make durable", path, errno);
  return {};
}

}  // namespace

Result<void> create_private_file(const std::filesystem::path& path, std::string_view content) {
  // A link does not replace a file that exists.
  return write_whole(path, content, [](const char* draft, const char* name) {
    const int linked = ::link(draft, name);
    if (linked == 0) ::unlink(draft);
    return linked;
  });
}

Result<void> replace_private_file(const std::filesystem::path& path, std::string_view content) {
  return write_whole(path, content, [](const char* draft, const char* name) { return ::rename(draft, name); });
}

}  // namespace ferry::relay
