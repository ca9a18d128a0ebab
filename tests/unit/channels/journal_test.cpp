#include "channels/journal.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "tests/unit/channels/journal_reading.hpp"
#include "tests/unit/channels/scratch.hpp"

using namespace ferry;
using namespace ferry::channels;
using namespace ferry::channels::test;

TEST_CASE("journal: what was committed is replayed in order when it is opened again") {
  const Scratch scratch;
  CHECK(records_in(scratch.file()) == sample_records(0));
  write_journal(scratch.file(), sample_records(20));
  const auto again = open_journal(scratch.file());
  CHECK(again.records == sample_records(20));
  CHECK(again.journal->torn_bytes_cut() == 0);
}

TEST_CASE("journal: work goes on where it ended, over several openings") {
  const Scratch scratch;
  for (std::size_t i = 0; i < 10; ++i) {
    auto opened = open_journal(scratch.file());
    CHECK(opened.records == sample_records(i));
    opened.journal->append(sample_record(i));
    REQUIRE(opened.journal->commit().has_value());
  }
}

TEST_CASE("journal: what was appended and not committed is not there") {
  const Scratch scratch;
  {
    auto opened = open_journal(scratch.file());
    opened.journal->append(sample_record(0));
    REQUIRE(opened.journal->commit().has_value());
    opened.journal->append(sample_record(1));
  }
  CHECK(records_in(scratch.file()) == sample_records(1));
}

TEST_CASE("journal: a commit of nothing succeeds and writes nothing") {
  const Scratch scratch;
  auto opened = open_journal(scratch.file());
  const auto before = opened.journal->size_bytes();
  CHECK(opened.journal->commit().has_value());
  CHECK(opened.journal->size_bytes() == before);
}

TEST_CASE("journal: records of one byte and of the largest size, and batches larger than the space set aside") {
  const Scratch scratch;
  std::vector<base::Bytes> records{base::Bytes{0}, base::Bytes(Journal::kMaxRecordBytes, 0)};
  for (int i = 0; i < 150; ++i) records.emplace_back(Journal::kMaxRecordBytes, static_cast<std::uint8_t>(i));
  auto opened = open_journal(scratch.file());
  for (const auto& record : records) opened.journal->append(record);
  REQUIRE(opened.journal->commit().has_value());
  opened.journal.reset();
  CHECK(records_in(scratch.file()) == records);
}

TEST_CASE("journal: whoever appends an empty or oversized record must not believe that it is kept") {
  for (const std::size_t size : {std::size_t{0}, Journal::kMaxRecordBytes + 1}) {
    const Scratch scratch;
    auto opened = open_journal(scratch.file());
    opened.journal->append(base::Bytes(size, 1));
    CHECK_FALSE(opened.journal->commit().has_value());
    opened.journal.reset();
    CHECK(records_in(scratch.file()) == sample_records(0));
  }
}

TEST_CASE("journal: a second opener is refused until the first is done") {
  const Scratch scratch;
  auto first = open_journal(scratch.file());
  CHECK(open_journal(scratch.file()).code() == "journal_locked");
  first.journal.reset();
  CHECK(open_journal(scratch.file()).code() == "ok");
}

TEST_CASE("journal: only its owner may read it") {
  const Scratch scratch;
  const auto opened = open_journal(scratch.file());
  struct stat status {};
  REQUIRE(::stat(scratch.file().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("journal: an error of the reader is passed on") {
  const Scratch scratch;
  write_journal(scratch.file(), sample_records(3));
  int seen = 0;
  const auto opened = Journal::open(scratch.file(), [&seen](base::ByteView) -> base::Result<void> {
    if (++seen == 2) return base::fail(base::environment("journal_record", "no"));
    return {};
  });
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().code == "journal_record");
  CHECK(seen == 2);
}

TEST_CASE("journal: where there is no directory it says so") {
  const Scratch scratch;
  const auto opened = open_journal(scratch.file("none") / "journal");
  CHECK(opened.code() == "journal_io");
  CHECK(opened.error.message.find("none") != std::string::npos);
}

TEST_CASE("journal: rewriting replaces everything, and work goes on after it") {
  const Scratch scratch;
  {
    write_journal(scratch.file(), sample_records(50));
    auto opened = open_journal(scratch.file());
    const auto before = opened.journal->size_bytes();
    REQUIRE(opened.journal->rewrite(sample_records(2)).has_value());
    CHECK(opened.journal->size_bytes() < before);
    opened.journal->append(sample_record(2));
    REQUIRE(opened.journal->commit().has_value());
    CHECK(open_journal(scratch.file()).code() == "journal_locked");
  }
  CHECK(records_in(scratch.file()) == sample_records(3));
  CHECK_FALSE(std::filesystem::exists(scratch.file("journal.new")));
}

TEST_CASE("journal: rewriting with large records or none at all") {
  const Scratch scratch;
  const std::vector<base::Bytes> large(40, base::Bytes(Journal::kMaxRecordBytes, 7));
  auto opened = open_journal(scratch.file());
  REQUIRE(opened.journal->rewrite(large).has_value());
  opened = Opened{};
  opened = open_journal(scratch.file());
  CHECK(opened.records == large);
  REQUIRE(opened.journal->rewrite({}).has_value());
  opened = Opened{};
  CHECK(records_in(scratch.file()) == sample_records(0));
}

TEST_CASE("journal: what a crash left of a rewrite does not matter") {
  const Scratch scratch;
  write_journal(scratch.file(), sample_records(4));
  write_file(scratch.file("journal.new"), base::Bytes(100, 0xEE));
  auto opened = open_journal(scratch.file());
  CHECK(opened.records == sample_records(4));
  REQUIRE(opened.journal->rewrite(sample_records(1)).has_value());
  opened = Opened{};
  CHECK(records_in(scratch.file()) == sample_records(1));
}

TEST_CASE("journal: it is not rewritten over records that wait for their commit") {
  const Scratch scratch;
  auto opened = open_journal(scratch.file());
  opened.journal->append(sample_record(0));
  const auto refused = opened.journal->rewrite({});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == "journal_rewrite");
  CHECK(opened.journal->commit().has_value());
  opened = Opened{};
  CHECK(records_in(scratch.file()) == sample_records(1));
}
