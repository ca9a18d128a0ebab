// A process that is killed while it writes: whatever it reported as committed is there afterwards, in order, and nothing is damaged.

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "channels/journal.hpp"
#include "tests/unit/channels/journal_reading.hpp"
#include "tests/unit/channels/scratch.hpp"

using namespace ferry;
using namespace ferry::channels;
using namespace ferry::channels::test;

namespace {

constexpr std::size_t kLargestBatch = 5;

/// Runs in the child: appends from `first` on, in batches of one to five, and writes the number of durable records to `report` after each
/// commit. With `rewrites`, every few commits the whole journal is rewritten as it is.
[[noreturn]] void write_for_ever(const std::filesystem::path& path, int report, bool rewrites) {
  auto opened = open_journal(path);
  if (!opened.journal) std::_Exit(2);
  std::size_t count = opened.records.size();
  for (std::size_t batch = 0;; ++batch) {
    for (std::size_t i = 0; i <= batch % kLargestBatch; ++i) opened.journal->append(sample_record(count++));
    if (!opened.journal->commit()) std::_Exit(3);
    if (::write(report, &count, sizeof(count)) != sizeof(count)) std::_Exit(4);
    if (rewrites && batch % 3 == 2 && !opened.journal->rewrite(sample_records(count))) std::_Exit(5);
  }
}

/// Kills a writer right after its `reports`th report. Gives the last number that it reported, which may be a later one.
std::size_t kill_after(const std::filesystem::path& path, std::size_t reports, bool rewrites) {
  int pipe_ends[2];
  REQUIRE(::pipe(pipe_ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(pipe_ends[0]);
    write_for_ever(path, pipe_ends[1], rewrites);
  }
  ::close(pipe_ends[1]);
  std::size_t reported = 0;
  for (std::size_t i = 0; i < reports; ++i) REQUIRE(::read(pipe_ends[0], &reported, sizeof(reported)) == sizeof(reported));
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status));
  std::size_t later = 0;
  while (::read(pipe_ends[0], &later, sizeof(later)) == sizeof(later)) reported = later;
  ::close(pipe_ends[0]);
  return reported;
}

void kill_again_and_again(std::size_t times, bool rewrites) {
  const Scratch scratch;
  for (std::size_t round = 0; round < times; ++round) {
    const std::size_t reported = kill_after(scratch.file(), 1 + round % 7, rewrites);
    const auto opened = open_journal(scratch.file());
    REQUIRE_MESSAGE(opened.journal != nullptr, opened.error.message);
    CHECK(opened.records.size() >= reported);
    CHECK(opened.records.size() <= reported + kLargestBatch);
    CHECK(opened.records == sample_records(opened.records.size()));
  }
}

}  // namespace

TEST_CASE("kill: every record that was reported as committed survives, again and again on one journal") { kill_again_and_again(40, false); }

TEST_CASE("kill: a journal that is being rewritten is the old one or the new one") { kill_again_and_again(40, true); }
