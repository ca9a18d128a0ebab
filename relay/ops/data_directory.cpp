#include "relay/ops/data_directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <thread>

namespace ferry::relay {

namespace {

base::Unexpected failed(const char* what, const std::filesystem::path& path, const std::string& why) {
  return base::fail(
      base::environment("data_directory", std::string("cannot ") + what + " " + path.string() + ": " + why + "; choose another --data"));
}

/// Bytes of the lock file; what is in it does not matter.
enum class Lock : ::off_t { running = 0, journal = 1 };

struct ::flock whole(Lock which) {
  struct ::flock byte {};
  byte.l_type = F_WRLCK;
  byte.l_whence = SEEK_SET;
  byte.l_start = static_cast<::off_t>(which);
  byte.l_len = 1;
  return byte;
}

bool take(const FileDescriptor& file, Lock which) {
  auto byte = whole(which);
  return ::fcntl(file.get(), F_OFD_SETLK, &byte) == 0;
}

bool is_taken(const FileDescriptor& file, Lock which) {
  auto byte = whole(which);
  return ::fcntl(file.get(), F_OFD_GETLK, &byte) == 0 && byte.l_type != F_UNLCK;
}

base::Result<void> take_locks(const FileDescriptor& file, const std::filesystem::path& path, DataDirectory::Use use, std::chrono::milliseconds patience) {
  constexpr std::chrono::milliseconds kBetween{20};
  const auto locked = [&] {
    return base::fail(base::environment("data_locked", "another ferry-relay is running on " + path.string() +
                                                           ": stop it first, or give this one a --data of its own"));
  };
  const bool runs = use == DataDirectory::Use::run;
  if (runs && !take(file, Lock::running)) return locked();
  const auto end = std::chrono::steady_clock::now() + patience;
  for (;;) {
    if (!runs && is_taken(file, Lock::running)) return locked();
    if (take(file, Lock::journal)) return {};
    if (std::chrono::steady_clock::now() >= end) break;
    std::this_thread::sleep_for(kBetween);
  }
  return base::fail(base::environment("data_busy", "a ferry-relay command is at work in " + path.string() + " and has not ended in " +
                                                       std::to_string(patience.count() / 1000) + " s: try again when it has"));
}

}  // namespace

base::Result<DataDirectory> DataDirectory::open(const std::filesystem::path& path, Use use, std::chrono::milliseconds patience) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path, error);
  if (error) return failed("use", path, error.message());
  std::filesystem::create_directories(absolute.parent_path(), error);
  if (error) return failed("make the directory above", absolute, error.message());
  if (::mkdir(absolute.c_str(), 0700) != 0 && errno != EEXIST) return failed("make", absolute, std::generic_category().message(errno));

  FileDescriptor file(::open((absolute / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file) return failed("write in", absolute, std::generic_category().message(errno));
  FERRY_CHECK(take_locks(file, absolute, use, patience));
  return DataDirectory(absolute, std::move(file));
}

}  // namespace ferry::relay
