#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "relay/shared/ledger_book.hpp"
#include "tests/unit/channels/parties.hpp"
#include "tests/unit/channels/scratch.hpp"

using namespace ferry;
using namespace ferry::channels::test;
using channels::Reservation;
using relay::JournalWriter;
using relay::LedgerBook;

TEST_CASE("ledger book: workers that reserve, charge, pay and look at once leave one consistent sum") {
  constexpr std::size_t kThreads = 4;
  constexpr std::uint64_t kChunks = 200;
  Scratch scratch;
  JournalWriter writer(channels::Journal::open(scratch.file(), [](base::ByteView) { return base::Result<void>{}; }).value());
  LedgerBook book(relay_ledger(), kDomain, writer);
  std::promise<LedgerBook::ChannelResult> opened;
  book.open(config(), holding(units(1'000'000)), {}, [&](LedgerBook::ChannelResult result) { opened.set_value(std::move(result)); });
  REQUIRE(opened.get_future().get());

  std::atomic<std::uint64_t> charged{0};
  std::vector<std::thread> workers;
  for (std::size_t worker = 0; worker < kThreads; ++worker) {
    workers.emplace_back([&, worker] {
      for (std::uint64_t i = 0; i < kChunks; ++i) {
        auto verdict = book.reserve(id(), chunk(worker * kChunks + i), units(10), units(10), kNow);
        if (auto* reservation = std::get_if<Reservation>(&*verdict)) {
          std::promise<void> durable;
          book.charge(*reservation, units(10), kNow, [&](const base::Result<void>&) { durable.set_value(); });
          durable.get_future().get();
          charged += 10;
        } else {
          // Pay for what is needed, as the client of this stream would, and try the next one.
          const auto& need = std::get<channels::NeedVoucher>(*verdict);
          std::promise<void> taken;
          const auto waiter = book.wait_for_credit(kPayer.address(), [] {});
          book.take_voucher(channels::sign_voucher(kDomain, id(), need.required, kPayer), {},
                            [&](base::Result<base::Amount>) { taken.set_value(); });
          taken.get_future().get();
          book.forget(kPayer.address(), waiter);
        }
        book.totals();
      }
    });
  }
  for (auto& worker : workers) worker.join();
  CHECK(book.find(id())->charged == units(charged.load()));
  CHECK(book.find(id())->reserved == units(0));
}
