#pragma once
// DataDirectory: the one directory in which a relay keeps everything, locked for as long as this lives, so that no second relay uses the same
// key and journal. Two locks (bytes of the file "lock", fcntl(2) F_OFD_SETLK): who runs here, a relay or a watchtower, and who has the journal
// open, which short commands do too. So a relay that starts waits for a command that is at work, and a command never takes a relay's place.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <utility>

#include "protocol/base/result.hpp"
#include "relay/ops/file_descriptor.hpp"

namespace ferry::relay {

class DataDirectory {
 public:
  enum class Use : std::uint8_t { run, command };  ///< for the life of a relay or watchtower; for one short look or step
  static constexpr std::chrono::seconds kPatience{30};

  /// Makes the directory (mode 0700) if it does not exist. Waits up to `patience` for a command that is at work in it. Errors: environment
  /// "data_directory" (cannot be made, is none, cannot be written), "data_locked" (another relay runs on it; at once), "data_busy" (the command
  /// did not end).
  static base::Result<DataDirectory> open(const std::filesystem::path& path, Use use, std::chrono::milliseconds patience = kPatience);

  std::filesystem::path key() const { return path_ / "identity.key"; }
  std::filesystem::path certificate() const { return path_ / "certificate.pem"; }  ///< with its private key
  std::filesystem::path admin_token() const { return path_ / "admin-token"; }
  std::filesystem::path admin_address() const { return path_ / "admin-address"; }  ///< of the relay that runs, or ran last
  std::filesystem::path ledger_mark() const { return path_ / "ledger.json"; }      ///< which ledger the journal is about
  std::filesystem::path watch_rows() const { return path_ / "watch-rows"; }        ///< a watchtower's
  std::filesystem::path journal() const { return path_ / "journal"; }
  std::filesystem::path ledger() const { return path_ / "ledger.sqlite"; }
  std::filesystem::path descriptor_number() const { return path_ / "descriptor-number"; }  ///< the last that was given out
  std::filesystem::path dht_state() const { return path_ / "dht-state"; }
  std::filesystem::path cache() const { return path_ / "cache"; }

 private:
  DataDirectory(std::filesystem::path path, FileDescriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;
  FileDescriptor lock_;
};

}  // namespace ferry::relay
