#include "relay/shared/ledger_book.hpp"

#include <doctest/doctest.h>

#include <future>

#include "tests/unit/channels/parties.hpp"
#include "tests/unit/channels/scratch.hpp"

using namespace ferry;
using namespace ferry::channels::test;
using channels::NeedVoucher;
using channels::Reservation;
using relay::JournalWriter;
using relay::LedgerBook;

namespace {

/// A book with its journal in a directory of its own.
struct Book {
  Scratch scratch;
  JournalWriter writer{channels::Journal::open(scratch.file(), [](base::ByteView) { return base::Result<void>{}; }).value()};
  LedgerBook book{relay_ledger(), kDomain, writer};

  base::ChannelId open(base::Amount balance) {
    std::promise<LedgerBook::ChannelResult> opened;
    book.open(config(), holding(balance), {}, [&](LedgerBook::ChannelResult result) { opened.set_value(std::move(result)); });
    REQUIRE(opened.get_future().get());
    return id();
  }
  base::Result<base::Amount> pay(const channels::Voucher& voucher) {
    std::promise<base::Result<base::Amount>> taken;
    book.take_voucher(voucher, {}, [&](base::Result<base::Amount> result) { taken.set_value(std::move(result)); });
    return taken.get_future().get();
  }
  base::Result<void> charge(const Reservation& reservation, base::Amount price) {
    std::promise<base::Result<void>> durable;
    book.charge(reservation, price, kNow, [&](const base::Result<void>& result) { durable.set_value(result); });
    return durable.get_future().get();
  }
  auto reserve(std::uint64_t index, base::Amount price) { return book.reserve(id(), chunk(index), price, price, kNow).value(); }
};

/// What a journal on disk says, replayed into a new ledger.
channels::RelayLedger replayed(const Scratch& scratch) {
  auto ledger = relay_ledger();
  const auto journal = channels::Journal::open(scratch.file(), [&](base::ByteView record) { return ledger.replay(record); });
  REQUIRE(journal);
  return ledger;
}

}  // namespace

TEST_CASE("ledger book: what was promised and charged is on disk when it is said to be") {
  auto room = std::make_unique<Book>();
  const auto channel = room->open(units(1000));
  REQUIRE(room->pay(channels::sign_voucher(kDomain, channel, units(100), kPayer)).value() == units(100));
  auto admitted = room->reserve(0, units(60));
  REQUIRE(room->charge(std::get<Reservation>(admitted), units(60)));
  // As a crash would leave it: a copy of the file, taken without stopping the writer.
  Scratch copy;
  std::filesystem::copy_file(room->scratch.file(), copy.file());
  const auto ledger = replayed(copy);
  CHECK(ledger.find(channel)->ceiling == units(100));
  CHECK(ledger.find(channel)->charged == units(60));
}

TEST_CASE("ledger book: a refused voucher tells its reason and changes nothing") {
  Book room;
  const auto channel = room.open(units(1000));
  CHECK(code_of(room.pay(channels::sign_voucher(kDomain, channel, units(1001), kPayer))) == "voucher_above_balance");
  CHECK(code_of(room.pay(channels::sign_voucher(kDomain, channel, units(10), kStranger))) == "signature_of_another_key");
  CHECK(room.book.find(channel)->ceiling == units(0));
  const auto written = room.writer.records();
  CHECK(written == 1);  // the opening
}

TEST_CASE("ledger book: a voucher wakes who waits for this payer, once, and nobody else") {
  Book room;
  const auto channel = room.open(units(1000));
  std::promise<void> woken;
  int others = 0;
  room.book.wait_for_credit(kPayer.address(), [&] { woken.set_value(); });
  room.book.wait_for_credit(kStranger.address(), [&] { ++others; });
  const auto gone = room.book.wait_for_credit(kPayer.address(), [&] { ++others; });
  room.book.forget(kPayer.address(), gone);
  REQUIRE(room.pay(channels::sign_voucher(kDomain, channel, units(10), kPayer)));
  woken.get_future().get();
  REQUIRE(room.pay(channels::sign_voucher(kDomain, channel, units(20), kPayer)));  // a second set_value would throw
  CHECK(others == 0);
}

TEST_CASE("ledger book: a released reservation frees the window for another") {
  Book room;
  room.open(units(1000));
  const auto first = room.reserve(0, units(100));
  CHECK(std::holds_alternative<NeedVoucher>(room.reserve(1, units(100))));
  room.book.release(std::get<Reservation>(first));
  CHECK(std::holds_alternative<Reservation>(room.reserve(1, units(100))));
}

TEST_CASE("ledger book: a payer's debt costs its credit history only when its last session ends") {
  Book room;
  const auto channel = room.open(units(100'000));
  room.book.payer_came(kPayer.address());
  room.book.payer_came(kPayer.address());
  // Enough paid windows to let the credit grow.
  for (std::uint64_t index = 0; index < 800; ++index) {
    REQUIRE(room.pay(channels::sign_voucher(kDomain, channel, units((index + 1) * 100), kPayer)));
    auto admitted = room.reserve(index, units(100));
    REQUIRE(room.charge(std::get<Reservation>(admitted), units(100)));
  }
  const auto grown = room.book.credit_chunks(kPayer.address(), units(100));
  REQUIRE(grown > 1);
  auto unpaid = room.reserve(1000, units(100));
  REQUIRE(room.charge(std::get<Reservation>(unpaid), units(100)));
  room.book.payer_left(kPayer.address());
  CHECK(room.book.credit_chunks(kPayer.address(), units(100)) == grown);
  room.book.payer_left(kPayer.address());
  CHECK(room.book.credit_chunks(kPayer.address(), units(100)) == 1);
}

TEST_CASE("ledger book: totals add up over channels") {
  Book room;
  const auto channel = room.open(units(1000));
  REQUIRE(room.pay(channels::sign_voucher(kDomain, channel, units(50), kPayer)));
  auto admitted = room.reserve(0, units(80));
  REQUIRE(room.charge(std::get<Reservation>(admitted), units(80)));
  const auto totals = room.book.totals();
  CHECK(totals.channels == 1);
  CHECK(totals.charged == units(80));
  CHECK(totals.promised == units(50));
  CHECK(totals.claimable == units(50));
  CHECK(totals.owed == units(30));
}
