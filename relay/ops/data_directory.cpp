#include "relay/ops/data_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace ferry::relay {

namespace {

base::Unexpected failed(const char* what, const std::filesystem::path& path, const std::string& why) {
  return base::fail(
      base::environment("data_directory", std::string("cannot ") + what + " " + path.string() + ": " + why + "; choose another --data"));
}

}  // namespace

base::Result<DataDirectory> DataDirectory::open(const std::filesystem::path& path) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path, error);
  if (error) return failed("use", path, error.message());
  std::filesystem::create_directories(absolute.parent_path(), error);
  if (error) return failed("make the directory above", absolute, error.message());
  if (::mkdir(absolute.c_str(), 0700) != 0 && errno != EEXIST) return failed("make", absolute, std::generic_category().message(errno));

  FileDescriptor lock(::open((absolute / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return failed("write in", absolute, std::generic_category().message(errno));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return base::fail(base::environment("data_locked", "another ferry-relay is running on " + absolute.string() +
                                                           ": stop it first, or give this one a --data of its own"));
  }
  return DataDirectory(absolute, std::move(lock));
}

}  // namespace ferry::relay
