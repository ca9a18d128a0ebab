#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <future>
#include <memory>
#include <mutex>
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

namespace {

constexpr std::size_t kWorkers = 4;
constexpr std::uint8_t kPayers = 12;
constexpr std::uint64_t kRounds = 25;

struct Buyer {
  explicit Buyer(std::uint8_t number)
      : secret(key(static_cast<std::uint8_t>(10 + number))),
        address(secret.address()),
        ids{channels::channel_id(kDomain, config_of(secret, 0)), channels::channel_id(kDomain, config_of(secret, 1))} {}

  base::SecretKey secret;
  base::Address address;
  std::array<base::ChannelId, 2> ids;
  std::array<std::atomic<std::uint64_t>, 2> charged{};
};

std::vector<std::unique_ptr<Buyer>> make_buyers() {
  std::vector<std::unique_ptr<Buyer>> buyers;
  for (std::uint8_t number = 0; number < kPayers; ++number) buyers.push_back(std::make_unique<Buyer>(number));
  return buyers;
}

/// What every worker does for one payer: reserve; then charge, give back or pay. Some wait until that is durable, some go on.
void serve(LedgerBook& book, Buyer& buyer, std::size_t which, std::uint64_t delivery) {
  const auto& channel = buyer.ids.at(which);
  auto verdict = book.reserve(buyer.address, channel, chunk(delivery), units(10), units(10), kNow);
  REQUIRE(verdict);
  if (const auto* reservation = std::get_if<Reservation>(&*verdict)) {
    if (reservation->redelivery || delivery % 7 == 0) return book.release(*reservation);
    if (delivery % 3 == 0) {
      std::promise<void> durable;
      book.charge(*reservation, units(10), kNow, [&](const base::Result<void>&) { durable.set_value(); });
      durable.get_future().get();
    } else {
      book.charge(*reservation, units(10), kNow, {});
    }
    buyer.charged.at(which) += 10;
    return book.confirm(buyer.address, channel, units(10));
  }
  // Pay for what is needed, as the client of this stream would, and go on.
  const auto& need = std::get<channels::NeedVoucher>(*verdict);
  std::promise<void> taken;
  const auto waiter = book.wait_for_credit(buyer.address, [] {});
  book.take_voucher(buyer.address, channels::sign_voucher(kDomain, channel, need.required, buyer.secret), {},
                    [&](base::Result<base::Amount>) { taken.set_value(); });
  taken.get_future().get();
  book.forget(buyer.address, waiter);
}

void work(LedgerBook& book, const std::vector<std::unique_ptr<Buyer>>& buyers, std::size_t worker) {
  std::uint64_t delivery = worker << 32U;
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    for (std::size_t step = 0; step < buyers.size(); ++step) {
      Buyer& buyer = *buyers[(step + worker) % buyers.size()];
      book.payer_came(buyer.address);
      serve(book, buyer, (round + worker) % 2, ++delivery);
      book.payer_left(buyer.address);
    }
    book.totals();
    book.claimable();
    book.find(buyers.front()->ids[0]);
  }
}

}  // namespace

TEST_CASE("ledger book: workers that serve many payers at once leave one consistent sum, and the journal gives it back") {
  Scratch scratch;
  const auto buyers = make_buyers();
  {
    JournalWriter writer(channels::Journal::open(scratch.file(), [](base::ByteView) { return base::Result<void>{}; }).value());
    LedgerBook book(relay_ledger(), kDomain, writer);
    std::vector<std::thread> workers;
    std::atomic<std::size_t> opened{0};
    // Every worker names every channel: most are named while they are being opened.
    for (std::size_t worker = 0; worker < kWorkers; ++worker) {
      workers.emplace_back([&] {
        for (const auto& buyer : buyers) {
          for (std::uint8_t epoch = 0; epoch < 2; ++epoch) {
            std::promise<bool> answer;
            book.open(config_of(buyer->secret, epoch), holding(units(1'000'000)), {}, [&](const LedgerBook::ChannelResult& result) { answer.set_value(result.has_value()); });
            opened += answer.get_future().get() ? 1U : 0U;
          }
        }
      });
    }
    for (auto& worker : workers) worker.join();
    workers.clear();
    REQUIRE(opened == kWorkers * kPayers * 2);
    REQUIRE(book.totals().channels == kPayers * 2);

    for (std::size_t worker = 0; worker < kWorkers; ++worker) workers.emplace_back([&, worker] { work(book, buyers, worker); });
    for (auto& worker : workers) worker.join();
    base::Amount::Raw sum = 0;
    for (const auto& buyer : buyers) {
      for (std::size_t which = 0; which < 2; ++which) {
        CHECK(book.find(buyer->address, buyer->ids.at(which))->charged == units(buyer->charged.at(which)));
        CHECK(book.find(buyer->address, buyer->ids.at(which))->reserved == units(0));
        sum += buyer->charged.at(which);
      }
    }
    CHECK(sum > 0);
    CHECK(book.totals().charged == units(sum));
  }
  auto ledger = relay_ledger();
  const auto journal = channels::Journal::open(scratch.file(), [&](base::ByteView record) { return ledger.replay(record); });
  REQUIRE(journal);
  CHECK(ledger.audit());
  for (const auto& buyer : buyers) {
    for (std::size_t which = 0; which < 2; ++which) CHECK(ledger.find(buyer->ids.at(which))->charged == units(buyer->charged.at(which)));
  }
}
