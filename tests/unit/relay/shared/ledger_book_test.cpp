#include "relay/shared/ledger_book.hpp"

#include <doctest/doctest.h>

#include <future>

#include "tests/unit/channels/parties.hpp"
#include "tests/unit/channels/scratch.hpp"
#include "tests/unit/relay/shared/journal_in.hpp"

using namespace ferry;
using namespace ferry::channels::test;
using channels::NeedVoucher;
using channels::Reservation;
using relay::JournalWriter;
using relay::LedgerBook;
using relay::test::journal_in;

namespace {

/// Names a channel to a book and waits until that is durable or refused.
LedgerBook::ChannelResult opened(LedgerBook& book, const channels::ChannelConfig& config, base::Amount balance) {
  std::promise<LedgerBook::ChannelResult> answer;
  book.open(config, holding(balance), {}, [&](LedgerBook::ChannelResult result) { answer.set_value(std::move(result)); });
  return answer.get_future().get();
}

/// A book with its journal in a directory of its own.
struct Book {
  Scratch scratch;
  JournalWriter writer{journal_in(scratch)};
  LedgerBook book{relay_ledger(), kDomain, writer};

  base::ChannelId open(base::Amount balance) {
    REQUIRE(opened(book, config(), balance));
    return id();
  }
  base::Result<base::Amount> pay(const channels::Voucher& voucher) {
    std::promise<base::Result<base::Amount>> taken;
    book.take_voucher(kPayer.address(), voucher, {}, [&](base::Result<base::Amount> result) { taken.set_value(std::move(result)); });
    return taken.get_future().get();
  }
  base::Result<void> charge(const Reservation& reservation, base::Amount price) {
    std::promise<base::Result<void>> durable;
    book.charge(reservation, price, kNow, [&](const base::Result<void>& result) { durable.set_value(result); });
    return durable.get_future().get();
  }
  auto reserve(std::uint64_t index, base::Amount price) { return book.reserve(kPayer.address(), id(), chunk(index), price, price, kNow).value(); }
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

TEST_CASE("ledger book: a refund is on disk before it may be signed, sells nothing more, and whoever waits hears it") {
  Book room;
  const auto channel = room.open(units(1000));
  REQUIRE(room.pay(channels::sign_voucher(kDomain, channel, units(100), kPayer)));
  const auto close = [&] {
    std::promise<base::Result<channels::RefundRecord>> marked;
    room.book.close(kPayer.address(), channel, holding(units(1000)), 0, [&](auto result) { marked.set_value(std::move(result)); });
    return marked.get_future().get();
  };
  const auto admitted = room.reserve(0, units(60));
  CHECK(code_of(close()) == "channel_busy");
  REQUIRE(room.charge(std::get<Reservation>(admitted), units(60)));
  std::promise<void> woken;
  room.book.wait_for_credit(kPayer.address(), [&] { woken.set_value(); });
  const auto refund = close();
  REQUIRE(refund.has_value());
  CHECK(refund->amount == units(940));
  Scratch copy;
  std::filesystem::copy_file(room.scratch.file(), copy.file());
  CHECK(replayed(copy).find(channel)->refund == channels::SignedRefund{0, units(940)});
  woken.get_future().get();
  CHECK(code_of(room.book.reserve(kPayer.address(), channel, chunk(1), units(1), units(1), kNow)) == "channel_not_open");
  CHECK(close()->amount == units(940));
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

TEST_CASE("ledger book: many payers are found, summed and listed wherever they are kept") {
  constexpr std::uint8_t kPayers = 100;  // more than there are parts
  Book room;
  std::vector<base::ChannelId> ids;
  for (std::uint8_t number = 0; number < kPayers; ++number) {
    const auto payer = key(static_cast<std::uint8_t>(10 + number));
    const auto channel = channels::channel_id(kDomain, config_of(payer));
    ids.push_back(channel);
    REQUIRE(opened(room.book, config_of(payer), units(1000)));
    auto admitted = room.book.reserve(payer.address(), channel, chunk(0), units(60), units(60), kNow).value();
    REQUIRE(room.charge(std::get<Reservation>(admitted), units(60)));
    CHECK(room.book.find(payer.address(), channel)->charged == units(60));
  }
  for (const auto& channel : ids) CHECK(room.book.find(channel)->charged == units(60));
  CHECK(room.book.channels().size() == kPayers);
  CHECK(room.book.totals().channels == kPayers);
  CHECK(room.book.totals().charged == units(60U * kPayers));
}

TEST_CASE("ledger book: with another payer a channel is not known") {
  Book room;
  const auto channel = room.open(units(1000));
  CHECK_FALSE(room.book.find(kStranger.address(), channel));
  CHECK(code_of(room.book.reserve(kStranger.address(), channel, chunk(0), units(1), units(1), kNow)) == "channel_unknown");
  CHECK(room.book.find(channel));
}

TEST_CASE("ledger book: the number of channels is bounded over all payers") {
  Scratch scratch;
  JournalWriter writer(journal_in(scratch));
  LedgerBook book(relay_ledger(), kDomain, writer, 2);
  REQUIRE(opened(book, config(), units(10)));
  REQUIRE(opened(book, config(), units(20)));  // known: takes no second place
  CHECK(code_of(opened(book, config_of(kStranger), units(0))) == "channel_not_on_ledger");  // refused: takes none
  REQUIRE(opened(book, config_of(kStranger), units(10)));
  CHECK(code_of(opened(book, config_of(key(9)), units(10))) == "too_many_channels");
  REQUIRE(opened(book, config_of(kStranger), units(20)));
}

TEST_CASE("ledger book: a channel that is named twice while its opening is under way takes one place") {
  Scratch scratch;
  JournalWriter writer(journal_in(scratch));
  LedgerBook book(relay_ledger(), kDomain, writer, 2);
  const base::Bytes any = channels::pack(channels::TransactionRecord{kDomain, {1}, 0});
  std::promise<void> go;
  writer.append(any, [&](const base::Result<void>&) { go.get_future().wait(); });  // nothing takes effect before
  int done = 0;
  const auto count = [&](const LedgerBook::ChannelResult& result) { done += result ? 1 : 0; };
  book.open(config(), holding(units(10)), {}, count);
  book.open(config(), holding(units(10)), {}, count);
  std::string refused;  // as long as it could be two
  book.open(config_of(kStranger), holding(units(10)), {}, [&](const LedgerBook::ChannelResult& result) { refused = code_of(result); });
  CHECK(refused == "too_many_channels");
  go.set_value();
  REQUIRE(writer.append_and_wait(any));
  CHECK(done == 2);
  CHECK(book.totals().channels == 1);
  CHECK(opened(book, config_of(kStranger), units(10)));
}

TEST_CASE("ledger book: what a journal gave back is divided and goes on") {
  Scratch scratch;
  const auto transaction = base::Hash256::random();
  {
    JournalWriter writer(journal_in(scratch));
    LedgerBook book(relay_ledger(), kDomain, writer);
    for (std::uint8_t number = 10; number < 30; ++number) REQUIRE(opened(book, config_of(key(number)), units(1000)));
    REQUIRE(book.note(channels::TransactionRecord{transaction, {1, 2}, 0}));
  }
  auto ledger = replayed(scratch);
  JournalWriter writer(journal_in(scratch));
  LedgerBook book(std::move(ledger), kDomain, writer, 20);
  CHECK(book.totals().channels == 20);
  REQUIRE(book.prepared_transactions().size() == 1);
  CHECK(book.prepared_transactions()[0].id == transaction);
  for (std::uint8_t number = 10; number < 30; ++number) {
    const auto channel = channels::channel_id(kDomain, config_of(key(number)));
    CHECK(book.reserve(key(number).address(), channel, chunk(0), units(1), units(1), kNow));
  }
  CHECK(code_of(opened(book, config(), units(10))) == "too_many_channels");
}
