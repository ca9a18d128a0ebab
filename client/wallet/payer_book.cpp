#include "client/wallet/payer_book.hpp"

#include <sys/stat.h>

#include <chrono>
#include <system_error>
#include <utility>
#include <variant>

#include "client/loop/wait_for_loop.hpp"

namespace ferry::client {

namespace fs = std::filesystem;
using channels::Record;

namespace {

/// A journal of this size holds about 20,000 deliveries.
constexpr std::uint64_t kLongJournal = std::uint64_t{4} << 20U;
/// Longer than a relay repeats deliveries for free, so none that could be repeated is forgotten.
constexpr std::chrono::minutes kRested{30};

bool has_rested(const fs::path& path) {
  std::error_code error;
  const auto changed = fs::last_write_time(path, error);
  return !error && fs::file_time_type::clock::now() - changed > kRested;
}

}  // namespace

base::Result<OpenedBook> open_book(const fs::path& path, const base::Domain& domain) {
  const bool rested = has_rested(path);
  OpenedBook opened{channels::PayerLedger(base::domain_separator(domain)), {}, nullptr};
  const auto replay = [&opened](base::ByteView bytes) -> base::Result<void> {
    FERRY_CHECK(opened.ledger.replay(bytes));
    FERRY_TRY(const auto record, channels::unpack_record(bytes));
    if (const auto* delivered = std::get_if<channels::DeliveredRecord>(&record)) opened.counted.add(*delivered);
    return {};
  };
  FERRY_TRY(auto journal, channels::Journal::open(path, replay));
  if (rested && journal->size_bytes() > kLongJournal) FERRY_CHECK(journal->rewrite(opened.ledger.snapshot()));
  opened.log = std::make_unique<JournalLog>(std::move(journal));
  return opened;
}

PayerBook::PayerBook(Loop& loop, const base::Domain& domain, OpenedBook opened)
    : loop_(loop),
      domain_(domain),
      domain_separator_(base::domain_separator(domain)),
      ledger_(std::move(opened.ledger)),
      counted_(std::move(opened.counted)),
      log_(std::move(opened.log)) {}

void PayerBook::append(const Make& make, Done done) {
  if (failed_) return refuse(*failed_, std::move(done));
  auto record = make(ledger_);
  if (!record) return refuse(std::move(record).error(), std::move(done));
  append(std::move(*record), std::move(done));
}

void PayerBook::append(Record record, Done done) {
  if (failed_) return refuse(*failed_, std::move(done));
  waiting_.push_back(Entry{std::move(record), std::move(done)});
  write_waiting();
}

void PayerBook::signed_up_to(const base::ChannelId& channel, base::Amount ceiling) {
  ledger_.signed_up_to(channel, ceiling);
  append(channels::SignedRecord{channel, ceiling, {}, {}}, [](const base::Result<void>&) {});
}

/// Never from inside the caller's call.
void PayerBook::refuse(base::Error error, Done done) {
  loop_.post([error = std::move(error), done = std::move(done)] { done(base::fail(error)); });
}

void PayerBook::deliver(const channels::DeliveredRecord& delivery, Done done) {
  const Make make = [&delivery](channels::PayerLedger& ledger) -> base::Result<Record> {
    return ledger.delivered(delivery.channel, delivery.request, delivery.index, delivery.chunk_hash, delivery.charge, delivery.charged_after);
  };
  if (!failed_) counted_.add(delivery);
  append(make, std::move(done));
}

bool PayerBook::counted(const channels::DeliveredRecord& delivery) const {
  return counted_.contains(delivery);
}

void PayerBook::write_waiting() {
  if (writing_ || waiting_.empty()) return;
  writing_ = true;
  auto entries = std::make_shared<std::vector<Entry>>(std::exchange(waiting_, {}));
  auto packed = std::make_shared<std::vector<base::Bytes>>();
  for (const auto& entry : *entries) packed->push_back(channels::pack(entry.record));
  auto outcome = std::make_shared<base::Result<void>>();
  loop_.work([log = log_, packed, outcome] { *outcome = log->write(*packed); },
             [this, entries, outcome] { finish(std::move(*entries), *outcome); });
}

void PayerBook::finish(std::vector<Entry> entries, const base::Result<void>& outcome) {
  writing_ = false;
  if (!outcome) {
    failed_ = outcome.error();
    for (auto& entry : std::exchange(waiting_, {})) entries.push_back(std::move(entry));
  }
  for (const auto& entry : entries) {
    if (outcome) ledger_.apply(entry.record);
    entry.done(outcome);  // before the next takes effect: whoever signs counts what is confirmed against what is still asked for
  }
  write_waiting();
}

base::Result<void> PayerBook::append_and_wait(Make make) {
  return wait_for_loop<base::Result<void>>(loop_, base::fail(base::environment("client_closing", "the client is being closed")),
                                           [this, make = std::move(make)](const std::function<void(base::Result<void>)>& reply) {
                                             append(make, [reply](const base::Result<void>& durable) { reply(durable); });
                                           });
}

}  // namespace ferry::client
