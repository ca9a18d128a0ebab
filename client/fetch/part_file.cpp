#include "client/fetch/part_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "protocol/content/geometry.hpp"
#include "protocol/content/merkle.hpp"

namespace ferry::client {

namespace {

/// 16 TiB of chunks would be larger; a state of that kind is started anew.
constexpr std::size_t kMaxStateBytes = std::size_t{512} << 20U;

bool read_fully(int descriptor, base::MutableByteView out, std::uint64_t offset) {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const ssize_t count = ::pread(descriptor, out.data() + filled, out.size() - filled, static_cast<off_t>(offset + filled));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    filled += static_cast<std::size_t>(count);
  }
  return true;
}

/// The disk begins now, not when complete() waits for all of it. Only a hint, where the system takes one.
void begin_writing([[maybe_unused]] int descriptor, [[maybe_unused]] std::uint64_t offset, [[maybe_unused]] std::size_t bytes) {
#ifdef SYNC_FILE_RANGE_WRITE
  static_cast<void>(::sync_file_range(descriptor, static_cast<off_t>(offset), static_cast<off_t>(bytes), SYNC_FILE_RANGE_WRITE));
#endif
}

/// A link stays one: what it points to is written.
std::filesystem::path target_of(std::filesystem::path file) {
  std::error_code error;
  auto target = std::filesystem::canonical(file, error);
  return error ? file : target;
}

}  // namespace

PartFile::PartFile(std::filesystem::path file) : file_(target_of(std::move(file))), part_path_(part_of(file_)), state_path_(state_of(file_)) {}

base::Unexpected PartFile::write_error(const std::filesystem::path& path) const {
  const int error = errno;
  if (error == ENOSPC || error == EDQUOT) {
    return base::fail(base::environment("disk_full", file_error(path, error) + ": make room and fetch again with resume, what arrived is kept"));
  }
  return base::fail(base::environment("file_write", file_error(path, error)));
}

base::Result<PartialState> PartFile::open(const std::string& url, bool resume, std::string& why_not) {
  url_ = url;
  std::error_code ignored;
  if (const auto status = std::filesystem::status(file_, ignored); std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    return base::fail(base::refusal("not_a_file", file_.string() + " is a directory or device and cannot be replaced: name a file"));
  }
  part_ = Descriptor(::open(part_path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!part_) return write_error(part_path_);
  if (::flock(part_.get(), LOCK_EX | LOCK_NB) != 0) {
    part_.close();
    return base::fail(base::environment("file_busy", part_path_.string() + " is being written by another fetch: wait for it, or choose another file"));
  }
  state_ = Descriptor(::open(state_path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (!state_) return write_error(state_path_);
  if (resume) return take_up(why_not);
  FERRY_CHECK(begin());
  return PartialState{};
}

/// Who wants to go on has paid for something: it is neither bought again nor thrown away without a word.
base::Result<PartialState> PartFile::take_up(std::string& why_not) {
  std::error_code ignored;
  const bool has_part = ::lseek(part_.get(), 0, SEEK_END) > 0;
  if (!has_part && std::filesystem::exists(file_, ignored)) {
    return base::fail(base::refusal("file_exists", file_.string() + " is there and no interrupted download beside it: remove it, or leave resume out to fetch it anew"));
  }
  FERRY_TRY(const auto text, read_small_file(state_path_, kMaxStateBytes));
  auto state = PartialState::parse(text.value_or(std::string{}));
  if (has_part && !state.url.empty() && state.url != url_) {
    return base::fail(base::refusal("part_of_another_url", part_path_.string() + " is a part of " + base::printable(state.url, 500) +
                                                               ": remove it, or leave resume out to begin anew in its place"));
  }
  if (has_part && state.url.empty()) why_not = "no_state";
  if (has_part && !state.url.empty() && state.validator.empty() && !state.chunks.empty()) why_not = "no_validator";
  if (has_part && why_not.empty()) return keep_what_is_right(std::move(state));
  FERRY_CHECK(begin());
  return PartialState{};
}

base::Result<void> PartFile::begin() {
  if (::ftruncate(part_.get(), 0) != 0) return write_error(part_path_);
  if (::ftruncate(state_.get(), 0) != 0 || !write_fully(state_.get(), PartialState::line_of_url(url_), -1)) return write_error(state_path_);
  digest_ = base::Sha256();
  digested_ = 0;
  return {};
}

base::Result<void> PartFile::restart() { return begin(); }

/// A crash may have left lines without their bytes, or bytes without their lines: only the bytes count.
base::Result<PartialState> PartFile::keep_what_is_right(PartialState state) {
  base::Bytes buffer(content::kChunkBytes);
  const auto size = ::lseek(part_.get(), 0, SEEK_END);
  if (size < 0) return write_error(part_path_);
  const auto length = std::min(static_cast<std::uint64_t>(size), state.length.value_or(content::kMaxBodyBytes));
  for (auto entry = state.chunks.begin(); entry != state.chunks.end();) {
    const base::ChunkIndex index{entry->first};
    // Without a known length only the last chunk may be short, and it is asked for again.
    const std::size_t bytes = state.length ? content::chunk_size(index, *state.length) : content::kChunkBytes;
    const base::MutableByteView view{buffer.data(), bytes};
    const bool there = bytes > 0 && content::chunk_offset(index) + bytes <= length && read_fully(part_.get(), view, content::chunk_offset(index));
    if (there && content::chunk_hash(index, view) == entry->second) {
      add_to_digest(content::chunk_offset(index), view);
      ++entry;
    } else {
      entry = state.chunks.erase(entry);
    }
  }
  return state;
}

base::Result<void> PartFile::note_head(const std::string& validator, std::optional<std::uint64_t> length) {
  if (!write_fully(state_.get(), PartialState::line_of_head(validator, length), -1)) return write_error(state_path_);
  return {};
}

base::Result<void> PartFile::write_chunk(base::ChunkIndex index, base::ByteView bytes, const base::Hash256& hash, base::Amount charge) {
  const auto offset = content::chunk_offset(index);
  if (!write_fully(part_.get(), base::text_of(bytes), static_cast<std::int64_t>(offset))) return write_error(part_path_);
  if (!write_fully(state_.get(), PartialState::line_of_chunk(index.value, hash, charge), -1)) return write_error(state_path_);
  begin_writing(part_.get(), offset, bytes.size());
  add_to_digest(offset, bytes);
  return {};
}

void PartFile::add_to_digest(std::uint64_t offset, base::ByteView bytes) {
  if (offset != digested_) return;
  digest_.update(bytes);
  digested_ += bytes.size();
}

base::Result<base::Hash256> PartFile::digest(std::uint64_t length) {
  base::Bytes buffer(content::kChunkBytes);
  while (digested_ < length) {
    const base::MutableByteView view{buffer.data(), static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), length - digested_))};
    if (!read_fully(part_.get(), view, digested_)) return base::fail(base::environment("file_read", file_error(part_path_, errno)));
    add_to_digest(digested_, view);
  }
  return digest_.finish();
}

base::Result<void> PartFile::complete(std::uint64_t length) {
  if (::ftruncate(part_.get(), static_cast<off_t>(length)) != 0 || ::fsync(part_.get()) != 0) return write_error(part_path_);
  if (::rename(part_path_.c_str(), file_.c_str()) != 0) return write_error(file_);
  ::unlink(state_path_.c_str());
  return sync_directory(file_.parent_path());
}

void PartFile::remove() {
  ::unlink(part_path_.c_str());
  ::unlink(state_path_.c_str());
}

void PartFile::close() {
  if (part_ && ::lseek(part_.get(), 0, SEEK_END) == 0) remove();
  part_.close();
  state_.close();
}

}  // namespace ferry::client
