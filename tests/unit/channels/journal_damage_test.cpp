// Journals that a crash cut short are cut at the last whole record; journals that were damaged are refused and left as they are.

#include <doctest/doctest.h>

#include <algorithm>

#include "channels/journal.hpp"
#include "channels/journal_format.hpp"
#include "tests/unit/channels/journal_reading.hpp"
#include "tests/unit/channels/scratch.hpp"

using namespace ferry;
using namespace ferry::channels;
using namespace ferry::channels::test;

namespace {

constexpr std::size_t kRecords = 9;
constexpr std::size_t kZerosBehind = 64;

/// A journal of kRecords, as it lies on the disk up to a few of the zeros behind it.
struct Damaged {
  Scratch scratch;
  base::Bytes whole;
  std::size_t end = 0;  ///< of the last record

  Damaged() {
    write_journal(scratch.file(), sample_records(kRecords));
    whole = read_file(scratch.file());
    end = static_cast<std::size_t>(open_journal(scratch.file()).journal->size_bytes());
    whole.resize(end + kZerosBehind);
  }

  Opened open(base::ByteView bytes) const {
    write_file(scratch.file(), bytes);
    return open_journal(scratch.file());
  }

  /// Refused as damaged, naming a byte, and not touched.
  void check_refused(const base::Bytes& bytes) const {
    const auto opened = open(bytes);
    CHECK(opened.code() == "journal_corrupt");
    CHECK(opened.error.message.find("at byte ") != std::string::npos);
    CHECK(read_file(scratch.file()) == bytes);
  }

  /// Cut: what remains is a beginning of the records, and the journal works from there.
  std::size_t check_cut(base::ByteView bytes) const {
    auto opened = open(bytes);
    REQUIRE_MESSAGE(opened.journal != nullptr, opened.error.message);
    const std::size_t count = opened.records.size();
    CHECK(opened.records == sample_records(count));
    const base::Bytes shortest{42};  // whatever was torn must not show behind it
    opened.journal->append(shortest);
    REQUIRE(opened.journal->commit().has_value());
    opened = Opened{};
    auto expected = sample_records(count);
    expected.push_back(shortest);
    CHECK(records_in(scratch.file()) == expected);
    return count;
  }
};

/// Where each record's frame ends.
std::vector<std::size_t> frame_ends() {
  std::vector<std::size_t> ends;
  std::size_t at = journal_format::kFileHeadBytes;
  for (const auto& record : sample_records(kRecords)) {
    at += journal_format::kHeadBytes + record.size() + journal_format::kTailBytes;
    ends.push_back(at);
  }
  return ends;
}

std::size_t whole_before(std::size_t size) {
  const auto ends = frame_ends();
  return static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), size) - ends.begin());
}

}  // namespace

TEST_CASE("torn journal: cut at every byte it gives exactly the records that lie wholly before") {
  const Damaged damaged;
  REQUIRE(frame_ends().back() == damaged.end);
  for (std::size_t size = 0; size <= damaged.end; ++size) {
    CHECK(damaged.check_cut(base::ByteView{damaged.whole}.first(size)) == whole_before(size));
  }
}

TEST_CASE("torn journal: written up to every byte, with zeros behind, it gives the same") {
  const Damaged damaged;
  for (std::size_t size = 0; size <= damaged.end; ++size) {
    base::Bytes bytes = damaged.whole;
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(size), bytes.end(), std::uint8_t{0});
    CHECK(damaged.check_cut(bytes) == whole_before(size));
  }
}

TEST_CASE("torn journal: it tells how much was cut, and zeros that were never written do not count") {
  const Damaged damaged;
  CHECK(damaged.open(damaged.whole).journal->torn_bytes_cut() == 0);
  base::Bytes torn = damaged.whole;
  torn[damaged.end] = 9;
  torn[damaged.end + 3] = 1;
  CHECK(damaged.open(torn).journal->torn_bytes_cut() == 4);
}

TEST_CASE("damaged journal: every single flipped bit is refused") {
  const Damaged damaged;
  for (std::size_t bit = 0; bit < damaged.end * 8; ++bit) {
    base::Bytes bytes = damaged.whole;
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1U << (bit % 8)));
    damaged.check_refused(bytes);
  }
}

TEST_CASE("damaged journal: every single flipped bit is refused also where no zeros lie behind") {
  const Damaged damaged;
  for (std::size_t bit = 0; bit < damaged.end * 8; ++bit) {
    base::Bytes bytes(damaged.whole.begin(), damaged.whole.begin() + static_cast<std::ptrdiff_t>(damaged.end));
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1U << (bit % 8)));
    damaged.check_refused(bytes);
  }
}

TEST_CASE("damaged journal: a byte behind the end, after zeros, is refused") {
  const Damaged damaged;
  for (std::size_t at = damaged.end + journal_format::kHeadBytes; at < damaged.whole.size(); ++at) {
    base::Bytes bytes = damaged.whole;
    bytes[at] = 1;
    damaged.check_refused(bytes);
  }
}

TEST_CASE("damaged journal: the message names where") {
  const Damaged damaged;
  base::Bytes bytes = damaged.whole;
  bytes[frame_ends()[3] + 2] ^= 1U;
  const auto opened = damaged.open(bytes);
  CHECK(opened.error.message.find("at byte " + std::to_string(frame_ends()[3])) != std::string::npos);
}

TEST_CASE("damaged journal: a record that is missing, doubled or moved is refused") {
  const Damaged damaged;
  const auto ends = frame_ends();
  const auto frame = [&](std::size_t i) {
    const auto begin = i == 0 ? journal_format::kFileHeadBytes : ends[i - 1];
    return base::Bytes(damaged.whole.begin() + static_cast<std::ptrdiff_t>(begin), damaged.whole.begin() + static_cast<std::ptrdiff_t>(ends[i]));
  };
  const auto file_of = [&](std::initializer_list<std::size_t> order) {
    base::Bytes bytes(damaged.whole.begin(), damaged.whole.begin() + static_cast<std::ptrdiff_t>(journal_format::kFileHeadBytes));
    for (const std::size_t i : order) {
      const auto one = frame(i);
      bytes.insert(bytes.end(), one.begin(), one.end());
    }
    return bytes;
  };
  CHECK(damaged.open(file_of({0, 1, 2})).records == sample_records(3));
  damaged.check_refused(file_of({0, 2}));
  damaged.check_refused(file_of({0, 0, 1}));
  damaged.check_refused(file_of({1, 0}));
}

TEST_CASE("damaged journal: a hole of zeros in the middle is refused") {
  const Damaged damaged;
  const auto ends = frame_ends();
  for (std::size_t i = 1; i + 1 < ends.size(); ++i) {
    base::Bytes bytes = damaged.whole;
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(ends[i - 1]), bytes.begin() + static_cast<std::ptrdiff_t>(ends[i]),
              std::uint8_t{0});
    damaged.check_refused(bytes);
  }
}

TEST_CASE("damaged journal: another program's file is refused and left alone, however short") {
  const Damaged damaged;
  for (const std::string text : {"x", "FERRYJNX", "SQLite format 3", "a much longer file that is something else altogether"}) {
    damaged.check_refused(base::Bytes(text.begin(), text.end()));
  }
}

TEST_CASE("damaged journal: one of a later version is refused") {
  const Damaged damaged;
  base::Bytes bytes = damaged.whole;
  bytes[8] = 2;
  damaged.check_refused(bytes);
}

TEST_CASE("journal: a file of zeros only, as a crash at creation leaves it, is an empty journal") {
  const Damaged damaged;
  CHECK(damaged.check_cut(base::Bytes(5000, 0)) == 0);
}

TEST_CASE("torn journal: larger than the reader's window it is read and cut alike") {
  const Scratch scratch;
  std::vector<base::Bytes> records;
  for (int i = 0; i < 30; ++i) records.emplace_back(60'000 + static_cast<std::size_t>(i), static_cast<std::uint8_t>(i + 1));
  write_journal(scratch.file(), records);
  base::Bytes bytes = read_file(scratch.file());
  const auto end = open_journal(scratch.file()).journal->size_bytes();
  CHECK(records_in(scratch.file()) == records);
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(end) - 1000, bytes.end(), std::uint8_t{0});
  write_file(scratch.file(), bytes);
  const auto opened = open_journal(scratch.file());
  records.pop_back();
  CHECK(opened.records == records);
  CHECK(opened.journal->torn_bytes_cut() > 58'000);
}
