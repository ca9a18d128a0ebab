#include "relay/shared/journal_writer.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/unit/channels/scratch.hpp"
#include "tests/unit/relay/shared/journal_in.hpp"

using namespace ferry;
using channels::test::Scratch;
using relay::JournalWriter;
using relay::test::journal_in;

namespace {

base::Bytes record(std::size_t number) {
  const auto text = "record " + std::to_string(number);
  return {text.begin(), text.end()};
}

std::vector<std::string> texts_in(const Scratch& scratch) {
  std::vector<std::string> texts;
  const auto journal = channels::Journal::open(scratch.file(), [&](base::ByteView bytes) {
    texts.emplace_back(base::text_of(bytes));
    return base::Result<void>{};
  });
  REQUIRE(journal);
  return texts;
}

}  // namespace

TEST_CASE("journal writer: records keep their order and are committed before it stops") {
  Scratch scratch;
  {
    JournalWriter writer(journal_in(scratch));
    for (std::size_t i = 0; i < 500; ++i) writer.append(record(i), {});
  }
  const auto texts = texts_in(scratch);
  REQUIRE(texts.size() == 500);
  CHECK(texts.front() == "record 0");
  CHECK(texts.back() == "record 499");
}

TEST_CASE("journal writer: an appender is told when its record is durable, and many share a commit") {
  Scratch scratch;
  JournalWriter writer(journal_in(scratch));
  std::size_t told = 0;
  for (std::size_t i = 0; i < 100; ++i) {
    writer.append(record(i), [&](const base::Result<void>& durable) { told += durable ? 1U : 0U; });
  }
  REQUIRE(writer.append_and_wait(record(100)));
  CHECK(told == 100);
  CHECK(writer.records() >= 100);
  CHECK(writer.commits() <= writer.records());
}

TEST_CASE("journal writer: what comes while it gathers shares one commit, and stopping does not wait") {
  constexpr std::size_t kMany = 20'000;  // more than come while one commit runs
  Scratch scratch;
  std::vector<std::uint64_t> commit_of;
  {
    JournalWriter writer(journal_in(scratch), {1, std::chrono::hours(1)});
    REQUIRE(writer.append_and_wait(record(0)));
    for (std::size_t i = 1; i <= kMany; ++i) {
      writer.append(record(i), [&](const base::Result<void>&) { commit_of.push_back(writer.commits()); });
    }
  }
  CHECK(commit_of == std::vector<std::uint64_t>(kMany, 2));
  CHECK(texts_in(scratch).size() == kMany + 1);
}
