#include "client/wallet/payer_book.hpp"

#include <doctest/doctest.h>

#include <future>
#include <mutex>

#include "client/wallet/books.hpp"
#include "tests/unit/client/scratch_dir.hpp"

namespace ferry::client {

using base::Amount;
using base::Result;
using testing::ScratchDir;

namespace {

const base::Domain kDomain{1337, base::Address{{1, 2, 3}}};

/// A log that remembers, waits at a gate, and fails when told.
struct ScriptedLog final : RecordLog {
  std::mutex mutex;
  std::vector<std::size_t> batches;
  std::atomic<bool> fails{false};
  std::promise<void> first_entered;
  std::shared_future<void> gate;

  Result<void> write(const std::vector<base::Bytes>& records) override {
    {
      const std::lock_guard lock(mutex);
      batches.push_back(records.size());
      if (batches.size() == 1) first_entered.set_value();
    }
    if (gate.valid()) gate.wait();
    if (fails) return base::fail(base::environment("journal_io", "full"));
    return {};
  }
};

struct Trial {
  std::unique_ptr<Loop> loop = std::move(*Loop::start());
  ScriptedLog* log = nullptr;
  std::unique_ptr<PayerBook> book;
  channels::ChannelConfig config;
  base::ChannelId id;

  Trial() {
    config.payer = config.payer_authorizer = config.receiver = config.receiver_authorizer = base::Address{{9}};
    id = channels::channel_id(base::domain_separator(kDomain), config);
    auto scripted = std::make_unique<ScriptedLog>();
    log = scripted.get();
    OpenedBook opened{channels::PayerLedger(base::domain_separator(kDomain)), {}, std::move(scripted)};
    opened.ledger.apply(channels::PayerOpenRecord{"relay", config, Amount::btt(10), {}});
    opened.ledger.apply(channels::PayerChainRecord{id, Amount::btt(10), {}, false});
    book = std::make_unique<PayerBook>(*loop, kDomain, std::move(opened));
  }
  ~Trial() {
    loop->post([this] { loop->stop(); });
    loop->join();
  }
  channels::DeliveredRecord delivery(std::uint64_t index) const {
    return {id, base::RequestHash{{7}}, index, base::Hash256{{5}}, Amount::btt(1), {}, Amount::btt(index + 1)};
  }
  /// Runs on the loop and waits.
  template <typename Work>
  auto on_loop(Work work) {
    std::promise<decltype(work())> done;
    loop->post([&] { done.set_value(work()); });
    return done.get_future().get();
  }
  Amount confirmed() {
    return on_loop([this] { return book->ledger().find(id)->confirmed; });
  }
};

}  // namespace

TEST_CASE("book: a delivery counts only when it is durable, and what came meanwhile is made durable together") {
  Trial trial;
  std::promise<void> gate;
  trial.log->gate = gate.get_future().share();
  std::promise<void> all;
  std::vector<std::pair<std::uint64_t, Amount>> seen;
  trial.on_loop([&] {
    for (std::uint64_t i = 0; i < 5; ++i) {
      trial.book->deliver(trial.delivery(i), [&, i](const Result<void>& durable) {
        REQUIRE(durable.has_value());
        seen.emplace_back(i, trial.book->ledger().find(trial.id)->confirmed);
        if (i == 4) all.set_value();
      });
    }
    return 0;
  });
  trial.log->first_entered.get_future().get();
  CHECK(trial.confirmed().is_zero());
  CHECK(trial.on_loop([&] { return trial.book->ledger().find(trial.id)->recorded; }) == Amount::btt(5));
  gate.set_value();
  all.get_future().get();
  // Each is told before the next takes effect.
  CHECK(seen == std::vector<std::pair<std::uint64_t, Amount>>{{0, Amount::btt(1)}, {1, Amount::btt(2)}, {2, Amount::btt(3)}, {3, Amount::btt(4)}, {4, Amount::btt(5)}});
  CHECK(trial.log->batches == std::vector<std::size_t>{1, 4});
}

TEST_CASE("book: after a failed commit nothing counts and nothing more is accepted") {
  Trial trial;
  trial.log->fails = true;
  std::promise<std::string> first, later;
  trial.on_loop([&] {
    trial.book->deliver(trial.delivery(0), [&](const Result<void>& durable) { first.set_value(durable.error().code); });
    return 0;
  });
  CHECK(first.get_future().get() == "journal_io");
  trial.log->fails = false;
  trial.on_loop([&] {
    trial.book->append(channels::ReserveCeilingRecord{trial.id, Amount::btt(2)}, [&](const Result<void>& durable) { later.set_value(durable.error().code); });
    return 0;
  });
  CHECK(later.get_future().get() == "journal_io");
  CHECK(trial.confirmed().is_zero());
  CHECK(trial.log->batches.size() == 1);
}

TEST_CASE("book: a maker that refuses is told to who asked, also from another thread") {
  Trial trial;
  const auto refused = trial.book->append_and_wait([](channels::PayerLedger&) -> Result<channels::Record> { return base::fail(base::refusal("no", "")); });
  CHECK(refused.error().code == "no");
  const auto reserved = trial.book->append_and_wait([&](channels::PayerLedger&) -> Result<channels::Record> { return channels::ReserveCeilingRecord{trial.id, Amount::btt(2)}; });
  CHECK(reserved.has_value());
  CHECK(trial.on_loop([&] { return trial.book->ledger().find(trial.id)->reserved_ceiling; }) == Amount::btt(2));
}

TEST_CASE("books: what a journal holds is there again after a start, with the deliveries that were counted") {
  const ScratchDir scratch;
  base::ChannelId id;
  for (int start = 0; start < 3; ++start) {
    const auto dir = std::move(*DataDir::open(scratch / "data"));
    auto loop = std::move(*Loop::start());
    Books books(*loop, dir, {});
    REQUIRE(books.load().has_value());
    CHECK(books.all().size() == (start == 0 ? 0 : 1));
    std::promise<PayerBook*> opened;
    loop->post([&] { books.open(kDomain, [&](const Result<PayerBook*>& book) { opened.set_value(*book); }); });
    auto* book = opened.get_future().get();
    channels::ChannelConfig config;
    config.payer = config.payer_authorizer = config.receiver = config.receiver_authorizer = base::Address{{9}};
    id = channels::channel_id(book->domain_separator(), config);
    if (start == 0) {
      REQUIRE(book->append_and_wait([&](channels::PayerLedger& ledger) { return ledger.open("relay", config, Amount::btt(10), {}); }).has_value());
      REQUIRE(book->append_and_wait([&](channels::PayerLedger& ledger) { return ledger.sync(id, Amount::btt(10), {}, false); }).has_value());
    }
    const auto nth = [&id](int number) {
      const auto index = static_cast<std::uint64_t>(number);
      return channels::DeliveredRecord{id, base::RequestHash{{7}}, index, base::Hash256{}, Amount::btt(1), {}, Amount::btt(index + 1)};
    };
    const auto record = nth(start);
    CHECK_FALSE(book->counted(record));
    std::promise<void> done;
    loop->post([&] { book->deliver(record, [&](const Result<void>&) { done.set_value(); }); });
    done.get_future().get();
    loop->post([&] { loop->stop(); });
    loop->join();
    CHECK(book->ledger().find(id)->confirmed == Amount::btt(static_cast<std::uint64_t>(start) + 1));
    for (int i = 0; i <= start; ++i) CHECK(book->counted(nth(i)));
  }
}

TEST_CASE("counted deliveries: the latest of each channel are remembered, within a bound") {
  CountedDeliveries counted;
  const base::ChannelId one{{1}}, two{{2}};
  const base::RequestHash request{{3}};
  for (std::uint64_t i = 0; i < CountedDeliveries::kMaxPerChannel + 10; ++i) counted.add({one, request, i, {}, {}, {}, {}});
  CHECK_FALSE(counted.contains({one, request, 9, {}, {}, {}, {}}));
  CHECK(counted.contains({one, request, 10, {}, {}, {}, {}}));
  CHECK_FALSE(counted.contains({two, request, 10, {}, {}, {}, {}}));
  CHECK_FALSE(counted.contains({one, base::RequestHash{{4}}, 10, {}, {}, {}, {}}));
}

TEST_CASE("counted deliveries: another charge for the same chunk is another one") {
  CountedDeliveries counted;
  channels::DeliveredRecord delivery{base::ChannelId{{1}}, base::RequestHash{{3}}, 5, {}, Amount::btt(1), {}, Amount::btt(7)};
  counted.add(delivery);
  CHECK(counted.contains(delivery));
  delivery.charged_after = Amount::btt(8);
  CHECK_FALSE(counted.contains(delivery));
}

}  // namespace ferry::client
