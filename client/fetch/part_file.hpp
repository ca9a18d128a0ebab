#pragma once
// PartFile: a file that is being fetched: "<file>.ferry-part" with its "<file>.ferry-state", until it is complete and takes its final name.
// Blocks; used by one thread at a time (FileSink's work on the pool).

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "client/fetch/partial_state.hpp"
#include "client/wallet/private_file.hpp"
#include "protocol/base/hash.hpp"
#include "protocol/base/ids.hpp"
#include "protocol/base/result.hpp"

namespace ferry::client {

class PartFile {
 public:
  explicit PartFile(std::filesystem::path file);
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  static std::filesystem::path part_of(std::filesystem::path file) { return file += ".ferry-part"; }
  static std::filesystem::path state_of(std::filesystem::path file) { return file += ".ferry-state"; }

  /// Opens and locks both files. With `resume` it keeps the chunks that the state names and whose bytes still have their hash; `why_not` is set
  /// when something was there but cannot be used ("no_state", "no_validator"). Else it begins anew.
  /// Errors: refusal "not_a_file" (there is something that is no regular file), with `resume` "file_exists" (the file is there, and no part of it),
  /// "part_of_another_url"; environment "file_busy" (another fetch writes it), "file_write", "file_read".
  base::Result<PartialState> open(const std::string& url, bool resume, std::string& why_not);
  /// Forgets all chunks.
  base::Result<void> restart();
  base::Result<void> note_head(const std::string& validator, std::optional<std::uint64_t> length);
  /// Errors: environment "disk_full", "file_write"; what was written before is kept.
  base::Result<void> write_chunk(base::ChunkIndex index, base::ByteView bytes, const base::Hash256& hash, base::Amount charge);

  /// SHA-256 of the first `length` bytes, reading again what did not come in order.
  base::Result<base::Hash256> digest(std::uint64_t length);
  /// Cuts it to `length`, makes it durable and gives it its name; an existing file is replaced.
  base::Result<void> complete(std::uint64_t length);
  /// Removes both files.
  void remove();
  /// Lets others open them. Nothing else may be called after it.
  void close();

 private:
  base::Result<PartialState> take_up(std::string& why_not);
  base::Result<void> begin();
  base::Result<PartialState> keep_what_is_right(PartialState state);
  void add_to_digest(std::uint64_t offset, base::ByteView bytes);
  base::Unexpected write_error(const std::filesystem::path& path) const;

  std::filesystem::path file_, part_path_, state_path_;
  std::string url_;
  Descriptor part_, state_;
  base::Sha256 digest_;
  std::uint64_t digested_ = 0;  ///< bytes from the start that are in digest_
};

}  // namespace ferry::client
