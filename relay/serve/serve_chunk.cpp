#include <utility>

#include "relay/serve/serve_chunk.hpp"

#include <algorithm>

#include "protocol/content/geometry.hpp"
#include "relay/serve/co_try.hpp"

namespace ferry::relay {

namespace asio = boost::asio;
using pricing::ChunkSource;

namespace {

/// Gives a reservation back unless it was handed on to be booked.
class Held {
 public:
  Held(Sale& sale, const channels::Reservation& reservation) : sale_(sale), reservation_(reservation) {}
  ~Held() {
    if (!handed_on_) sale_.connection.node().book.release(reservation_);
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  void handed_on() { handed_on_ = true; }

 private:
  Sale& sale_;
  const channels::Reservation& reservation_;
  bool handed_on_ = false;
};

std::size_t expected_bytes(const content::OpenBody& body, base::ChunkIndex index) {
  const auto length = body.head().length;
  return length ? ferry::content::chunk_size(index, *length) : ferry::content::kChunkBytes;
}

void count(Counters& counters, ChunkSource source, std::size_t bytes, bool redelivery) {
  Counters::add(source == ChunkSource::hit ? counters.chunks_hit : counters.chunks_miss);
  if (redelivery) Counters::add(counters.chunks_redelivered);
  Counters::add(counters.payload_bytes, bytes);
}

void send(Sale& sale, base::ChunkIndex index, const content::ServedChunk& served, const LedgerBook::Charged& charged, bool redelivered) {
  wire::ChunkMessage message;
  message.stream = sale.stream.id;
  message.index = index;
  message.source = static_cast<std::uint8_t>(served.source);
  message.redelivered = redelivered;
  message.charge = charged.amount;
  message.charged_after = charged.after;
  message.hash = served.chunk->hash;
  message.payload = wire::Payload{served.chunk, base::ByteView{served.chunk->bytes}};
  sale.connection.session().send(std::move(message));
  sale.connection.kick();
}

}  // namespace

asio::awaitable<base::Result<std::optional<base::Hash256>>> serve_chunk(Sale& sale, content::OpenBody& body, base::ChunkIndex index) {
  // price
  const auto source = body.held(index) ? ChunkSource::hit : ChunkSource::miss;
  const auto price = pricing::chunk_charge(sale.quote, source, expected_bytes(body, index));
  // room: who opened no window asks for nothing, and credit that is held for it would be missing on the payer's other streams
  FERRY_CO_CHECK(co_await wait_for_room(sale, 1));
  // credit
  FERRY_CO_TRY(const auto reservation, co_await wait_for_admission(sale, index.value, price));
  Held held(sale, reservation);
  // content
  FERRY_CO_TRY(const auto served, co_await body.chunk(index));
  if (!served.chunk) co_return std::nullopt;
  const std::size_t bytes = served.chunk->bytes.size();
  // room for all of it
  FERRY_CO_CHECK(co_await wait_for_room(sale, bytes));
  // charge: never above what was admitted, and a chunk that came cheaper than expected is charged so
  const auto final_price = std::min(price, pricing::chunk_charge(sale.quote, served.source, bytes));
  held.handed_on();
  // send, when the charge is durable
  sale.outbox->charge(reservation, final_price, bytes, [&sale, index, served, repeated = reservation.redelivery](const LedgerBook::Charged& charged) {
    send(sale, index, served, charged, repeated);
    count(sale.connection.counters(), served.source, served.chunk->bytes.size(), repeated);
  });
  co_return served.chunk->hash;
}

}  // namespace ferry::relay
