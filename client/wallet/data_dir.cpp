#include "client/wallet/data_dir.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace ferry::client {

namespace fs = std::filesystem;

namespace {

base::Result<void> make_directory(const fs::path& path) {
  std::error_code error;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), error);
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return base::fail(base::environment("data_dir", "the data directory cannot be made: " + file_error(path, errno)));
}

}  // namespace

base::Result<DataDir> DataDir::open(const fs::path& path) {
  FERRY_CHECK(make_directory(path));
  DataDir dir;
  dir.path_ = path;
  const auto lock = path / "lock";
  dir.lock_ = Descriptor(::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!dir.lock_) return base::fail(base::environment("data_dir", "the data directory cannot be used: " + file_error(lock, errno)));
  if (::flock(dir.lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    return base::fail(base::environment("data_locked", path.string() + " is in use by another Ferry client: wait for it, or use another data directory"));
  }
  return dir;
}

base::Result<fs::path> DataDir::journal(const base::Domain& ledger) const {
  const auto all = path_ / "ledgers";
  const auto own = all / (std::to_string(ledger.chain_id) + "-" + base::to_hex(ledger.verifying_contract.view()));
  FERRY_CHECK(make_directory(all));
  FERRY_CHECK(make_directory(own));
  return own / "journal";
}

base::Result<std::optional<base::SecretKey>> load_key(const fs::path& path) {
  FERRY_TRY(auto text, read_private_file(path, 256));
  if (!text) return std::optional<base::SecretKey>{};
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
  auto key = base::SecretKey::from_hex(*text);
  base::wipe({reinterpret_cast<std::uint8_t*>(text->data()), text->size()});
  if (!key) return base::fail(base::environment("key_file", path.string() + " does not hold a key: restore it from a copy"));
  return std::optional<base::SecretKey>(std::move(*key));
}

base::Result<base::SecretKey> make_key(const fs::path& path) {
  auto key = base::SecretKey::generate();
  std::string text = base::to_hex(key.secret_bytes()) + "\n";
  const auto written = write_private_file(path, text);
  base::wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  if (!written) return base::fail(written.error());
  return key;
}

}  // namespace ferry::client
