// The embedded ledger and its disk: crashes at any moment, a full disk, damage.

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/unit/channels/chain/ledger_room.hpp"

using namespace ferry;
using namespace ferry::chain;
using namespace ferry::chain::test;

namespace fs = std::filesystem;

namespace {

fs::path wal_of(const fs::path& file) { return file.string() + "-wal"; }

std::vector<char> content_of(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const fs::path& file, const std::vector<char>& content) {
  std::ofstream out{file, std::ios::binary | std::ios::trunc};
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
}

/// What is on the disk at this moment is what a crash would leave.
void copy_as_after_a_crash(const fs::path& from, const fs::path& to) {
  write(to, content_of(from));
  write(wal_of(to), content_of(wal_of(from)));
}

/// While it lives no file of this process can grow beyond `bytes`: writing fails as it does on a broken disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(std::uintmax_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
};

struct ChannelOnDisk : LedgerRoom {
  ChannelOnDisk() : ledger(open()), config(channel_of(people, token_of(*ledger))) { fund(*ledger, people.payer); }
  Amount money_of_all(EmbeddedLedger& of) {
    const auto channel = channel_in(of, config);
    return *balance(of, people.payer).plus(*channel.balance.minus(channel.total_claimed))->plus(
        *of.unsettled(config.receiver, config.token).value);
  }
  /// A deposit, a claim, a deposit …
  RawTransaction next(std::uint64_t step) {
    if (step % 2 == 0) return prepared(*ledger, Deposit{config, units(100)}, people.payer);
    const auto total = units(step * 10);
    return prepared(*ledger, Claim{{row_of(separator_of(*ledger), config, people.session, total, total)}, std::nullopt}, people.relay);
  }

  People people;
  std::unique_ptr<EmbeddedLedger> ledger;
  channels::ChannelConfig config;
};

}  // namespace

TEST_CASE_FIXTURE(ChannelOnDisk, "ledger disk: after a crash every transaction that had a receipt is still there") {
  for (std::uint64_t step = 0; step < 12; ++step) {
    const auto raw = next(step);
    REQUIRE(fate_of(ledger->submit(raw)) == "ok");
    const auto copy = directory / ("crash" + std::to_string(step)).c_str();
    copy_as_after_a_crash(file, copy);
    const auto survivor = open(copy);
    CHECK(survivor->receipt(raw.id).value->has_value());
    CHECK(channel_in(*survivor, config) == channel_in(*ledger, config));
    CHECK(balance(*survivor, people.payer) == balance(*ledger, people.payer));
    CHECK(fate_of(survivor->submit(raw)) == "ok");
    CHECK(channel_in(*survivor, config) == channel_in(*ledger, config));
  }
}

TEST_CASE_FIXTURE(ChannelOnDisk, "ledger disk: a log torn anywhere gives an earlier state, from which the same bytes lead to the same end") {
  std::vector<RawTransaction> all;
  for (std::uint64_t step = 0; step < 8; ++step) {
    all.push_back(next(step));
    REQUIRE(fate_of(ledger->submit(all.back())) == "ok");
  }
  const auto main_file = content_of(file);
  const auto log = content_of(wal_of(file));
  REQUIRE(log.size() > 20'000);
  std::size_t earlier_states = 0;
  for (std::size_t size = 0; size < log.size(); size += 1531) {
    const auto copy = directory / "torn";
    write(copy, main_file);
    write(wal_of(copy), {log.begin(), log.begin() + static_cast<std::ptrdiff_t>(size)});
    const auto survivor = open(copy);
    if (survivor->info().value->domain != ledger->info().value->domain) {
      // Torn before the ledger itself was made: nobody can have been given a receipt by it.
      CHECK(survivor->minted().value->is_zero());
      continue;
    }
    CHECK(money_of_all(*survivor) == *survivor->minted().value);
    if (survivor->minted().value->is_zero()) continue;
    if (channel_in(*survivor, config) != channel_in(*ledger, config)) ++earlier_states;
    for (const auto& raw : all) CHECK(fate_of(survivor->submit(raw)) == "ok");
    CHECK(channel_in(*survivor, config) == channel_in(*ledger, config));
    CHECK(balance(*survivor, people.payer) == balance(*ledger, people.payer));
  }
  CHECK(earlier_states > 10);
}

TEST_CASE_FIXTURE(ChannelOnDisk, "ledger disk: a full one fails the transaction and nothing else") {
  parameters.max_bytes = 80 * 1024;
  ledger.reset();
  ledger = open();
  std::string fate = "ok";
  RawTransaction last;
  std::uint64_t done = 0;
  while (fate == "ok" && done < 2000) {
    last = prepared(*ledger, Deposit{config, units(1)}, people.payer);
    fate = fate_of(ledger->submit(last));
    if (fate == "ok") ++done;
  }
  CHECK(fate == "unknown: ledger_full");
  CHECK(done > 10);
  CHECK(channel_in(*ledger, config).balance == units(done));
  CHECK_FALSE(ledger->receipt(last.id).value->has_value());
  CHECK(fate_of(ledger->submit(last)) == "unknown: ledger_full");

  // With room again the very same bytes come true.
  parameters.max_bytes = 1024 * 1024;
  ledger.reset();
  ledger = open();
  CHECK(fate_of(ledger->submit(last)) == "ok");
  CHECK(channel_in(*ledger, config).balance == units(done + 1));
}

TEST_CASE_FIXTURE(ChannelOnDisk, "ledger disk: after a failed write the ledger stops until it is started again") {
  REQUIRE(fate_of(ledger->submit(next(0))) == "ok");
  const auto before = channel_in(*ledger, config);
  const auto raw = next(2);
  {
    const FileSizeLimit limit{fs::file_size(wal_of(file)) + 5000};  // in the middle of what the transaction writes
    CHECK(fate_of(ledger->submit(raw)) == "unknown: ledger_io");
  }
  CHECK(fate_of(ledger->submit(raw)) == "unknown: ledger_io");
  CHECK(ledger->balance_of(people.payer.address()).error->code == "ledger_io");
  CHECK(ledger->receipt(raw.id).kind == Outcome<std::optional<Receipt>>::Kind::failed);

  ledger.reset();
  ledger = open();
  CHECK(channel_in(*ledger, config) == before);
  CHECK(money_of_all(*ledger) == *ledger->minted().value);
  CHECK(fate_of(ledger->submit(raw)) == "ok");
}

TEST_CASE_FIXTURE(ChannelOnDisk, "ledger disk: damage is found when the ledger is opened, and nothing is changed") {
  REQUIRE(fate_of(ledger->submit(next(0))) == "ok");
  ledger.reset();
  const auto sound = content_of(file);

  SUBCASE("a page overwritten") {
    auto damaged = sound;
    for (std::size_t i = 4096; i < 2 * 4096; ++i) damaged[i] = static_cast<char>(0xa5);
    write(file, damaged);
  }
  SUBCASE("its end cut off") { write(file, {sound.begin(), sound.begin() + static_cast<std::ptrdiff_t>(sound.size() / 2)}); }
  SUBCASE("no database at all") { write(file, std::vector<char>(5000, 'x')); }
  SUBCASE("one bit of an amount, which no page check can see") {
    auto damaged = sound;
    // The payer's balance of 9900 units, 16 bytes big-endian.
    const std::array<char, 4> balance{0, 0, 0x26, static_cast<char>(0xac)};
    const auto found = std::search(damaged.begin(), damaged.end(), balance.begin(), balance.end());
    REQUIRE(found != damaged.end());
    found[3] = static_cast<char>(found[3] ^ 1);
    write(file, damaged);
  }
  const auto before = content_of(file);
  const auto opened = try_open(file);
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().code == "ledger_corrupt");
  CHECK(opened.error().kind == base::ErrorKind::environment);
  CHECK(opened.error().message.find("backup") != std::string::npos);
  CHECK(content_of(file) == before);
}

TEST_CASE_FIXTURE(ChannelOnDisk, "ledger disk: damage is found on every page") {
  REQUIRE(fate_of(ledger->submit(next(0))) == "ok");
  ledger.reset();
  constexpr std::size_t kPage = 4096;
  const auto sound = content_of(file);
  REQUIRE(sound.size() > 8 * kPage);
  for (std::size_t page = 0; page < sound.size(); page += kPage) {
    auto damaged = sound;
    for (std::size_t i = page; i < page + kPage; ++i) damaged[i] = static_cast<char>(0xa5);
    write(file, damaged);
    const auto opened = try_open(file);
    CAPTURE(page);
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().code == "ledger_corrupt");
  }
}

TEST_CASE_FIXTURE(ChannelOnDisk, "ledger disk: another program's database and a newer ledger are left alone") {
  std::string code;
  auto target = file;
  SUBCASE("another program's") {
    target = directory / "other.db";
    REQUIRE((*LedgerDatabase::open(target))->run("CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('mine')").has_value());
    code = "ledger_foreign";
  }
  SUBCASE("a newer one") {
    ledger.reset();
    REQUIRE((*LedgerDatabase::open(target))->run("PRAGMA user_version = 3").has_value());
    code = "ledger_version";
  }
  const auto before = content_of(target);
  const auto opened = try_open(target);
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().code == code);
  CHECK(content_of(target) == before);
}

TEST_CASE_FIXTURE(LedgerRoom, "ledger disk: a directory that does not exist is named in the error") {
  const auto opened = try_open(directory / "missing" / "ledger.db");
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().code == "ledger_io");
  CHECK(opened.error().message.find("missing") != std::string::npos);
}
