#include "relay/ops/private_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/unit/channels/chain/ledger_room.hpp"

using namespace ferry::relay;
using ferry::chain::test::TemporaryDirectory;

TEST_CASE("private file: what was created is read back, and only the owner may read it") {
  const TemporaryDirectory directory;
  const auto path = directory / "secret";
  CHECK(read_private_file(path).value() == std::nullopt);
  REQUIRE(create_private_file(path, "content\n"));
  CHECK(read_private_file(path).value() == "content\n");
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0600);
  CHECK_FALSE(std::filesystem::exists(directory / "secret.new"));
}

TEST_CASE("private file: a file that others may read is refused with the command that mends it") {
  const TemporaryDirectory directory;
  const auto path = directory / "secret";
  REQUIRE(create_private_file(path, "x"));
  for (const mode_t mode : {0640U, 0604U, 0620U, 0602U}) {
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    const auto refused = read_private_file(path);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "private_file_mode");
    CHECK(refused.error().message.find("chmod 600") != std::string::npos);
  }
}

TEST_CASE("private file: one that exists is never replaced, and a half one left by a crash does not matter") {
  const TemporaryDirectory directory;
  const auto path = directory / "secret";
  std::ofstream(directory / "secret.new") << "half";
  REQUIRE(create_private_file(path, "first"));
  const auto second = create_private_file(path, "second");
  REQUIRE_FALSE(second);
  CHECK(second.error().code == "private_file");
  CHECK(read_private_file(path).value() == "first");
}

TEST_CASE("private file: what is no ordinary small file is refused") {
  const TemporaryDirectory directory;
  CHECK_FALSE(read_private_file(directory / "."));
  const auto fifo = directory / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK_FALSE(read_private_file(fifo));
  REQUIRE(create_private_file(directory / "long", std::string(100'000, 'x')));
  CHECK_FALSE(read_private_file(directory / "long"));
}
