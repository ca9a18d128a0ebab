#include "relay/shared/chunk_files.hpp"

#include "protocol/content/geometry.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace ferry::relay {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kNamedIdBytes = 16;  // of 32 random ones: enough to be unique

class File {
  public:
    File(const fs::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600)) {}
    ~File() {
        if (fd_ >= 0) ::close(fd_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    int fd() const { return fd_; }

  private:
    int fd_;
};

base::Error write_error(int error) {
    const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
    return base::environment(full ? "disk_full" : "disk_failed",
                             std::string("cannot write to the cache directory: ") + std::strerror(error) +
                                 "; make room or set another directory");
}

/// 0, or what went wrong.
int write_all(int fd, base::ByteView bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return 0;
}

bool read_all(int fd, base::MutableByteView into) {
    while (!into.empty()) {
        const auto got = ::read(fd, into.data(), into.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        into = into.subspan(static_cast<std::size_t>(got));
    }
    return true;
}

std::string directory_of(std::string_view name) {
    return std::string(name.substr(0, 2));
}

}  // namespace

std::string ChunkFiles::name_of(const ChunkKey& key) {
    return base::to_hex(key.object.view().first(kNamedIdBytes)) + "-" + std::to_string(key.index.value);
}

fs::path ChunkFiles::path_of(const ChunkKey& key) const {
    const auto name = name_of(key);
    return directory_ / directory_of(name) / name;
}

base::Result<void> ChunkFiles::prepare() const {
    std::error_code error;
    fs::create_directories(directory_, error);
    for (int first = 0; first < 256 && !error; ++first) {
        const auto byte = static_cast<std::uint8_t>(first);
        fs::create_directory(directory_ / base::to_hex(base::ByteView{&byte, 1}), error);
    }
    if (!error) return {};
    return base::fail(
        base::environment("disk_unusable", "cannot use the cache directory: " + error.message()));
}

base::Result<void> ChunkFiles::write(const ChunkKey& key, base::ByteView bytes) const {
    const auto path = path_of(key);
    int error = 0;
    {
        const File file(path, O_WRONLY | O_CREAT | O_TRUNC);
        if (file.fd() < 0) return base::fail(write_error(errno));
        error = write_all(file.fd(), bytes);
    }
    if (error == 0) return {};
    ::unlink(path.c_str());
    return base::fail(write_error(error));
}

bool ChunkFiles::read(const ChunkKey& key, base::Bytes& into) const {
    const File file(path_of(key), O_RDONLY);
    struct stat info {};
    if (file.fd() < 0 || ::fstat(file.fd(), &info) != 0) return false;
    if (info.st_size <= 0 || std::cmp_greater(info.st_size, ferry::content::kChunkBytes)) return false;
    into.resize(static_cast<std::size_t>(info.st_size));
    return read_all(file.fd(), into);
}

void ChunkFiles::remove(const ChunkKey& key) const {
    ::unlink(path_of(key).c_str());
}

void ChunkFiles::sweep(const std::function<bool(const std::string&)>& visit) const {
    std::error_code error;
    for (auto it = fs::recursive_directory_iterator(directory_, error);
         !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
        std::error_code ignored;
        if (it->is_directory(ignored)) continue;
        if (!visit(it->path().filename().string())) fs::remove(it->path(), ignored);
    }
}

std::uint64_t ChunkFiles::free_bytes() const {
    struct statvfs info {};
    if (::statvfs(directory_.c_str(), &info) != 0) return 0;
    return std::uint64_t{info.f_bavail} * info.f_frsize;
}

}  // namespace ferry::relay
