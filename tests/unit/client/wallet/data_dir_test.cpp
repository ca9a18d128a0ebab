#include "client/wallet/data_dir.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>

#include "client/wallet/keys.hpp"
#include "tests/unit/client/scratch_dir.hpp"

namespace ferry::client {

using testing::ScratchDir;
namespace fs = std::filesystem;

namespace {

mode_t mode_of(const fs::path& path) {
  struct stat facts {};
  ::stat(path.c_str(), &facts);
  return facts.st_mode & 0777U;
}

void write_text(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

}  // namespace

TEST_CASE("private file: reads what was written, mode 0600, in place of what was there") {
  const ScratchDir scratch;
  const auto path = scratch / "file";
  CHECK_FALSE(read_private_file(path, 100).value().has_value());
  REQUIRE(write_private_file(path, "one").has_value());
  REQUIRE(write_private_file(path, "two").has_value());
  CHECK(read_private_file(path, 100).value() == "two");
  CHECK(mode_of(path) == 0600);
  CHECK_FALSE(fs::exists(scratch / "file.new"));
}

TEST_CASE("private file: refused when others could read it, or when it is too large") {
  const ScratchDir scratch;
  const auto path = scratch / "file";
  REQUIRE(write_private_file(path, "12345").has_value());
  CHECK(read_private_file(path, 4).error().code == "file_too_large");
  for (const mode_t mode : {0640U, 0604U, 0660U, 0602U}) {
    ::chmod(path.c_str(), mode);
    CHECK(read_private_file(path, 100).error().code == "file_not_private");
  }
  CHECK(read_small_file(path, 100).value() == "12345");
}

TEST_CASE("private file: a directory that is not there is named") {
  const ScratchDir scratch;
  const auto written = write_private_file(scratch / "nowhere/file", "x");
  REQUIRE_FALSE(written.has_value());
  CHECK(written.error().code == "file_write");
  CHECK(written.error().message.find("nowhere") != std::string::npos);
}

TEST_CASE("data directory: is made for its owner alone, and used by one client at a time") {
  const ScratchDir scratch;
  const auto path = scratch / "deep/er/data";
  auto first = DataDir::open(path);
  REQUIRE(first.has_value());
  CHECK(mode_of(path) == 0700);
  CHECK(DataDir::open(path).error().code == "data_locked");
  { const auto moved = std::move(*first); }
  CHECK(DataDir::open(path).has_value());
}

TEST_CASE("data directory: one that cannot be made is refused") {
  const ScratchDir scratch;
  write_text(scratch / "file", "x");
  CHECK(DataDir::open(scratch / "file/data").error().code == "data_dir");
}

TEST_CASE("keys: the session key is made once, the wallet when it is asked for, and both stay") {
  const ScratchDir scratch;
  base::Address session, wallet;
  {
    const auto dir = std::move(*DataDir::open(scratch / "data"));
    auto keys = std::move(*Keys::open(dir));
    CHECK(keys.wallet() == nullptr);
    REQUIRE(keys.make_wallet(dir).has_value());
    CHECK(keys.make_wallet(dir).error().code == "wallet_exists");
    session = keys.session().address();
    wallet = keys.wallet()->address();
    CHECK(session != wallet);
    CHECK(mode_of(dir.wallet_key()) == 0600);
    CHECK(mode_of(dir.session_key()) == 0600);
  }
  const auto dir = std::move(*DataDir::open(scratch / "data"));
  const auto keys = std::move(*Keys::open(dir));
  CHECK(keys.session().address() == session);
  CHECK(keys.wallet()->address() == wallet);
}

TEST_CASE("keys: a file that holds none, or that others can read, is refused and left as it is") {
  const ScratchDir scratch;
  const auto dir = std::move(*DataDir::open(scratch / "data"));
  REQUIRE(write_private_file(dir.wallet_key(), "not a key\n").has_value());
  CHECK(Keys::open(dir).error().code == "key_file");
  REQUIRE(write_private_file(dir.wallet_key(), std::string(64, '0')).has_value());
  CHECK(Keys::open(dir).error().code == "key_file");
  ::chmod(dir.wallet_key().c_str(), 0644);
  CHECK(Keys::open(dir).error().code == "file_not_private");
  CHECK(read_small_file(dir.wallet_key(), 100).value() == std::string(64, '0'));
}

}  // namespace ferry::client
