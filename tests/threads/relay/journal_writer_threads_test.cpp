#include <doctest/doctest.h>

#include <atomic>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#include "relay/shared/journal_writer.hpp"
#include "tests/unit/channels/scratch.hpp"

using namespace ferry;
using channels::test::Scratch;
using relay::JournalWriter;

namespace {

constexpr std::uint32_t kAppenders = 4;
constexpr std::uint32_t kRecords = 2000;

struct Mark {
  std::uint32_t thread, number;
};

base::Bytes record(Mark mark) {
  base::Bytes bytes(sizeof(mark));
  std::memcpy(bytes.data(), &mark, sizeof(mark));
  return bytes;
}

}  // namespace

TEST_CASE("journal writer: records of many threads are all written, each thread's in its order, and each is told once") {
  Scratch scratch;
  std::atomic<std::uint64_t> told{0};
  std::vector<std::uint32_t> last_told(kAppenders, 0);  // the writer's thread alone
  {
    JournalWriter writer(channels::Journal::open(scratch.file(), [](base::ByteView) { return base::Result<void>{}; }).value(),
                         {2, std::chrono::microseconds(50)});
    std::vector<std::thread> threads;
    for (std::uint32_t thread = 0; thread < kAppenders; ++thread) {
      threads.emplace_back([&, thread] {
        for (std::uint32_t number = 1; number <= kRecords; ++number) {
          if (number % 500 == 0) {  // lets the list run empty, so that the writer sleeps and is woken
            CHECK(writer.append_and_wait(record({thread, number})));
            continue;
          }
          writer.append(record({thread, number}), [&, thread, number](const base::Result<void>& durable) {
            if (durable && std::exchange(last_told[thread], number) < number) ++told;
          });
        }
      });
    }
    for (auto& thread : threads) thread.join();
  }
  CHECK(told == kAppenders * (kRecords - kRecords / 500));
  std::vector<std::uint32_t> last(kAppenders, 0);
  std::size_t out_of_order = 0;
  const auto journal = channels::Journal::open(scratch.file(), [&](base::ByteView bytes) {
    Mark mark{};
    std::memcpy(&mark, bytes.data(), sizeof(mark));
    out_of_order += mark.number == last.at(mark.thread) + 1 ? 0U : 1U;
    last.at(mark.thread) = mark.number;
    return base::Result<void>{};
  });
  REQUIRE(journal);
  CHECK(out_of_order == 0);
  CHECK(last == std::vector<std::uint32_t>(kAppenders, kRecords));
}
