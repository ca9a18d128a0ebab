#include "relay/ops/identity.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <future>
#include <optional>
#include <string>
#include <thread>

#include "protocol/wire/tls_engine.hpp"
#include "relay/ops/private_file.hpp"
#include "tests/unit/channels/chain/ledger_room.hpp"

using namespace ferry;
using namespace ferry::relay;
using chain::test::TemporaryDirectory;

namespace {

constexpr base::Time kStarted = base::Time::from_seconds(1'700'000'000);

void write_private(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::trunc) << text;
  REQUIRE(::chmod(path.c_str(), 0600) == 0);
}

struct Room {
  TemporaryDirectory directory;
  DataDirectory data = DataDirectory::open(directory / "data", DataDirectory::Use::run).value();
};

}  // namespace

TEST_CASE("identity: key, certificate and token are made once and are the same ever after") {
  const Room room;
  const auto key = load_identity(room.data).value();
  CHECK(load_identity(room.data)->address() == key.address());
  const auto certificate = load_certificate(room.data, {}, kStarted).value();
  const auto again = load_certificate(room.data, {}, kStarted + std::chrono::hours(24 * 365 * 5)).value();
  CHECK(again.pin == certificate.pin);
  CHECK(wire::TlsContext::server(again.chain_pem, again.private_key_pem));
  const auto token = load_admin_token(room.data).value();
  CHECK(token.size() == 64);
  CHECK(load_admin_token(room.data).value() == token);
}

TEST_CASE("identity: a file that holds no key is refused and left alone") {
  const Room room;
  for (const auto* text : {"", "hello\n", "0000000000000000000000000000000000000000000000000000000000000000\n"}) {
    write_private(room.data.key(), text);
    const auto refused = load_identity(room.data);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "identity_key");
    CHECK(read_private_file(room.data.key()).value() == text);
  }
}

TEST_CASE("identity: a key that others may read is refused") {
  const Room room;
  REQUIRE(load_identity(room.data));
  REQUIRE(::chmod(room.data.key().c_str(), 0644) == 0);
  CHECK(load_identity(room.data).error().code == "private_file_mode");
}

TEST_CASE("identity: the operator's own certificate is used, and its key must be private") {
  const Room room;
  const auto own = wire::make_self_signed("relay.example", kStarted.unix_seconds(), 30).value();
  RelaySettings settings;
  settings.certificate_file = (room.directory / "own.pem").string();
  settings.private_key_file = (room.directory / "own.key").string();
  write_private(settings.certificate_file, own.certificate_pem);
  write_private(settings.private_key_file, own.private_key_pem);
  CHECK(load_certificate(room.data, settings, kStarted)->pin == wire::public_key_pin(own.certificate_pem).value());
  CHECK_FALSE(std::filesystem::exists(room.data.certificate()));
  REQUIRE(::chmod(settings.private_key_file.c_str(), 0640) == 0);
  CHECK(load_certificate(room.data, settings, kStarted).error().code == "private_file_mode");
  settings.certificate_file += ".missing";
  CHECK(load_certificate(room.data, settings, kStarted).error().code == "certificate");
}

TEST_CASE("identity: a token that is no secret is refused") {
  const Room room;
  write_private(room.data.admin_token(), "short\n");
  CHECK(load_admin_token(room.data).error().code == "admin_token");
}

TEST_CASE("identity: the reference names what clients dial") {
  RelaySettings settings;
  settings.listen.host = "192.0.2.7";
  CHECK(public_authority(settings, 443) == "192.0.2.7:443");
  settings.listen.host = "2001:db8::7";
  CHECK(public_authority(settings, 443) == "[2001:db8::7]:443");
  settings.listen.host = "0.0.0.0";
  CHECK(public_authority(settings, 443).find("0.0.0.0") == std::string::npos);
  settings.public_host = "relay.example";
  CHECK(public_authority(settings, 443) == "relay.example:443");
  settings.public_host = "relay.example:8443";
  CHECK(public_authority(settings, 443) == "relay.example:8443");
  settings.public_host = "2001:db8::8";
  CHECK(public_authority(settings, 443) == "[2001:db8::8]:443");
  settings.public_host = "[2001:db8::8]:8443";
  CHECK(public_authority(settings, 443) == "[2001:db8::8]:8443");
  CHECK(relay_reference(base::Address{}, "relay.example:1") == "ferry://0x0000000000000000000000000000000000000000@relay.example:1");
}

TEST_CASE("data directory: it is made private, and one relay at a time has it") {
  const TemporaryDirectory directory;
  const auto path = directory / "above/data";
  {
    const auto first = DataDirectory::open(path, DataDirectory::Use::run);
    REQUIRE(first);
    struct stat info {};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777U) == 0700);
    const auto second = DataDirectory::open(path, DataDirectory::Use::run);
    REQUIRE_FALSE(second);
    CHECK(second.error().code == "data_locked");
  }
  CHECK(DataDirectory::open(path, DataDirectory::Use::run));
}

TEST_CASE("data directory: a relay waits for a command that is at work, and a command leaves a relay's place alone") {
  using Use = DataDirectory::Use;
  const TemporaryDirectory directory;
  const auto path = directory / "data";
  const auto code = [&](Use use) {
    const auto opened = DataDirectory::open(path, use, std::chrono::milliseconds(0));
    return opened ? std::string() : opened.error().code;
  };
  {
    auto command = std::make_optional(DataDirectory::open(path, Use::command));
    REQUIRE(*command);
    CHECK(code(Use::run) == "data_busy");
    CHECK(code(Use::command) == "data_busy");
    // The relay has its place while it waits.
    auto ending = std::async(std::launch::async, [&] { return DataDirectory::open(path, Use::run); });
    while (code(Use::command) != "data_locked") std::this_thread::yield();
    command.reset();
    const auto relay = ending.get();
    REQUIRE(relay);
    CHECK(code(Use::run) == "data_locked");
  }
  CHECK(code(Use::command).empty());
}

TEST_CASE("data directory: what cannot be one is refused") {
  const TemporaryDirectory directory;
  std::ofstream(directory / "file") << "x";
  for (const auto* path : {"file", "file/below"}) {
    const auto refused = DataDirectory::open(directory / path, DataDirectory::Use::run);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "data_directory");
    CHECK(refused.error().message.find("--data") != std::string::npos);
  }
}
