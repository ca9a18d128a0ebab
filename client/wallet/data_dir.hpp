#pragma once
// DataDir: the directory that holds a client's keys, channels and evidence, taken by one client at a time. Knows where things lie, not what
// they mean.

#include <filesystem>

#include "client/wallet/private_file.hpp"
#include "protocol/base/key.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/typed_data.hpp"

namespace ferry::client {

class DataDir {
 public:
  /// Makes the directory (0700) and locks it. Errors: environment "data_dir", "data_locked".
  static base::Result<DataDir> open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path wallet_key() const { return path_ / "wallet.key"; }
  std::filesystem::path session_key() const { return path_ / "session.key"; }
  std::filesystem::path marks() const { return path_ / "marks.json"; }
  std::filesystem::path scores() const { return path_ / "scores.json"; }
  std::filesystem::path found_relays() const { return path_ / "relays.json"; }
  std::filesystem::path usage() const { return path_ / "usage.json"; }
  std::filesystem::path evidence() const { return path_ / "evidence"; }
  /// The journal of the channels on one ledger; its directory is made.
  base::Result<std::filesystem::path> journal(const base::Domain& ledger) const;

 private:
  std::filesystem::path path_;
  Descriptor lock_;
};

/// nullopt when there is none. Errors: those of read_private_file(), environment "key_file" (not a key).
base::Result<std::optional<base::SecretKey>> load_key(const std::filesystem::path& path);
/// Draws a key and writes it before giving it. Precondition: there is none. Error: environment "file_write".
base::Result<base::SecretKey> make_key(const std::filesystem::path& path);

}  // namespace ferry::client
