// Writes that fail: a full disk (a limit on the size of files stands in for it) and a disk that does not confirm.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "channels/journal.hpp"
#include "tests/unit/channels/journal_reading.hpp"
#include "tests/unit/channels/scratch.hpp"

using namespace ferry;
using namespace ferry::channels;
using namespace ferry::channels::test;

namespace {

/// No file of this process may grow beyond `bytes` while this lives.
class SizeLimit {
 public:
  explicit SizeLimit(std::uint64_t bytes) {
    old_handler_ = ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &old_);
    struct rlimit limit = old_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~SizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    ::signal(SIGXFSZ, old_handler_);
  }
  SizeLimit(const SizeLimit&) = delete;
  SizeLimit& operator=(const SizeLimit&) = delete;

 private:
  struct rlimit old_ {};
  void (*old_handler_)(int) = nullptr;
};

std::string journal_code(const base::Result<void>& result) { return result ? "ok" : result.error().code; }

/// The descriptor under which this process has `path` open.
int descriptor_of(const std::filesystem::path& path) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (std::filesystem::read_symlink(entry.path(), gone) == path) return std::stoi(entry.path().filename().string());
  }
  return -1;
}

/// Commits large records until one fails; gives how many succeeded.
std::size_t fill(Journal& journal, base::Result<void>& failure) {
  std::size_t count = 0;
  for (; count < 1000; ++count) {
    journal.append(base::Bytes(60'000, static_cast<std::uint8_t>(count)));
    failure = journal.commit();
    if (!failure) break;
  }
  return count;
}

}  // namespace

TEST_CASE("full disk: the journal says so, refuses all further work, and keeps what was durable") {
  const Scratch scratch;
  auto opened = open_journal(scratch.file());
  std::size_t durable = 0;
  {
    const SizeLimit limit(6 << 20);
    base::Result<void> failure;
    durable = fill(*opened.journal, failure);
    CHECK(journal_code(failure) == "journal_io");
    opened.journal->append(sample_record(0));
    CHECK(journal_code(opened.journal->commit()) == "journal_failed");
    CHECK(journal_code(opened.journal->rewrite({})) == "journal_failed");
  }
  CHECK(journal_code(opened.journal->commit()) == "journal_failed");  // space alone does not heal it
  opened = Opened{};
  const auto again = open_journal(scratch.file());
  CHECK(again.code() == "ok");
  CHECK(again.records.size() == durable);
}

TEST_CASE("full disk: what was set aside before still takes batches") {
  const Scratch scratch;
  auto opened = open_journal(scratch.file());
  const auto set_aside = std::filesystem::file_size(scratch.file());
  const SizeLimit limit(set_aside);
  base::Result<void> failure;
  const std::size_t durable = fill(*opened.journal, failure);
  CHECK(durable * 60'000 > set_aside - 70'000);
}

TEST_CASE("full disk: a journal that cannot be created says so") {
  const Scratch scratch;
  const SizeLimit limit(1000);
  CHECK(open_journal(scratch.file()).code() == "journal_io");
}

TEST_CASE("full disk: a rewrite that does not fit leaves the journal as it was, and in use") {
  const Scratch scratch;
  write_journal(scratch.file(), sample_records(5));
  auto opened = open_journal(scratch.file());
  {
    const SizeLimit limit(1000);
    CHECK(journal_code(opened.journal->rewrite(std::vector<base::Bytes>(3, base::Bytes(5000, 1)))) == "journal_io");
  }
  CHECK_FALSE(std::filesystem::exists(scratch.file("journal.new")));
  opened.journal->append(sample_record(5));
  REQUIRE(opened.journal->commit().has_value());
  opened = Opened{};
  CHECK(records_in(scratch.file()) == sample_records(6));
}

TEST_CASE("unconfirmed write: when fdatasync fails the journal is unusable until the process restarts") {
  const Scratch scratch;
  auto opened = open_journal(scratch.file());
  const int journal_fd = descriptor_of(scratch.file());
  REQUIRE(journal_fd >= 0);
  const int real = ::dup(journal_fd);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);  // takes every byte and cannot be synced
  ::dup2(null, journal_fd);
  opened.journal->append(sample_record(0));
  CHECK(journal_code(opened.journal->commit()) == "journal_io");
  ::dup2(real, journal_fd);
  ::close(real);
  ::close(null);
  opened.journal->append(sample_record(0));
  CHECK(journal_code(opened.journal->commit()) == "journal_failed");
  opened = Opened{};
  CHECK(records_in(scratch.file()) == sample_records(0));
}
