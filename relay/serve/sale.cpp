#include <utility>

#include "relay/serve/sale.hpp"

#include "relay/serve/worker.hpp"

namespace ferry::relay {

namespace asio = boost::asio;
using channels::NeedVoucher;
using channels::Reservation;

namespace {

/// How long a stream waits for the client to pay, or to read, before it gives up what it holds.
constexpr std::chrono::seconds kPaymentTimeout{60};
constexpr std::chrono::seconds kReaderTimeout{120};

/// One registration with the book, taken back when the coroutine leaves.
class CreditWait {
 public:
  explicit CreditWait(Sale& sale) : book_(sale.connection.node().book), payer_(sale.payer) {
    auto& io = sale.connection.worker().io();
    std::weak_ptr<ClientConnection> connection = sale.connection.weak_from_this();
    const auto id = sale.stream.id;
    number_ = book_.wait_for_credit(payer_, [&io, connection, id] {
      asio::post(io, [connection, id] {
        if (const auto alive = connection.lock()) alive->wake_stream(id);
      });
    });
  }
  ~CreditWait() { book_.forget(payer_, number_); }
  CreditWait(const CreditWait&) = delete;
  CreditWait& operator=(const CreditWait&) = delete;

 private:
  LedgerBook& book_;
  base::Address payer_;
  std::uint64_t number_;
};

/// However a stream's wait ends, it speaks for others no longer.
class NeedSpeaker {
 public:
  explicit NeedSpeaker(Sale& sale) : sale_(sale) {}
  ~NeedSpeaker() { sale_.connection.drops_need(sale_.stream); }
  NeedSpeaker(const NeedSpeaker&) = delete;
  NeedSpeaker& operator=(const NeedSpeaker&) = delete;

 private:
  Sale& sale_;
};

/// After what it counts as charged: who hears it first would take that for lost.
void tell_need(Sale& sale, const NeedVoucher& need) {
  sale.outbox->send_in_order([&sale, need] {
    sale.connection.session().send(wire::NeedVoucher{sale.stream.channel, sale.stream.id, need.required, need.ceiling, need.charged, need.balance});
    sale.connection.kick();
  });
}

}  // namespace

base::Error cancelled() { return base::refusal("cancelled", "the client cancelled the request"); }

base::Error journal_slow() { return base::environment("journal_slow", "the relay's disk does not answer; try another relay"); }

bool is_gone(const ClientConnection& connection, const Stream& stream) { return stream.cancelled || connection.closed(); }

asio::awaitable<base::Result<Reservation>> wait_for_admission(Sale& sale, std::uint64_t index, base::Amount price) {
  const channels::DeliveryKey key{sale.request, index};
  auto& book = sale.connection.node().book;
  std::optional<CreditWait> wait;
  std::optional<NeedSpeaker> speaker;
  const auto give_up_at = Node::now() + kPaymentTimeout;
  for (;;) {
    auto verdict = book.reserve(sale.payer, sale.stream.channel, key, price, sale.chunk_price, Node::now());
    if (!verdict) co_return base::fail(std::move(verdict).error());
    if (auto* reservation = std::get_if<Reservation>(&*verdict)) co_return std::move(*reservation);
    if (!wait) {
      wait.emplace(sale);
      continue;  // a voucher between the look and this registration would be missed
    }
    const auto& need = std::get<NeedVoucher>(*verdict);
    sale.connection.credit_is_short(Node::now());
    if (!speaker) {
      speaker.emplace(sale);
      Counters::add(sale.connection.counters().credit_waits);
    }
    if (sale.connection.takes_up_need(sale.stream, need, Node::now())) tell_need(sale, need);
    if (Node::now() >= give_up_at) {
      co_return base::fail(base::refusal("payment_timeout", "no voucher came in time; the request was dropped"));
    }
    co_await sale.stream.changed.wait(std::chrono::seconds(5));
    if (is_gone(sale.connection, sale.stream) || sale.stream.is_unwanted()) co_return base::fail(cancelled());
    wait.reset();  // it is called once
  }
}

asio::awaitable<base::Result<void>> wait_for_room(Sale& sale, std::size_t bytes) {
  auto& session = sale.connection.session();
  const auto id = sale.stream.id;
  const auto give_up_at = Node::now() + kReaderTimeout;
  const auto& outbox = *sale.outbox;
  while (session.window(id) < bytes + outbox.waiting_bytes() || session.queued_bytes() > wire::kMaxQueuedBytes) {
    if (outbox.failure()) co_return base::fail(*outbox.failure());
    if (Node::now() >= give_up_at) {
      if (outbox.waiting_bytes() > 0) co_return base::fail(journal_slow());
      co_return base::fail(base::refusal("reader_stalled", "the client took no data for two minutes"));
    }
    sale.stream.waits_for_queue = true;
    co_await sale.stream.changed.wait(std::chrono::seconds(30));
    if (is_gone(sale.connection, sale.stream)) co_return base::fail(cancelled());
  }
  if (outbox.failure()) co_return base::fail(*outbox.failure());
  if (is_gone(sale.connection, sale.stream)) co_return base::fail(cancelled());
  co_return base::Result<void>{};
}

}  // namespace ferry::relay
