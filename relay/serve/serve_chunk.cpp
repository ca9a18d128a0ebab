#include <utility>

#include "relay/serve/serve_chunk.hpp"

#include <algorithm>

#include "pricing/witness_price.hpp"
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

/// What is sent of a chunk.
struct Piece {
  base::Hash256 hash;
  std::size_t bytes = 0;
  ChunkSource source = ChunkSource::miss;
  ChunkPtr chunk;  ///< may be null where the hash is all that is wanted
};

base::Amount charge_of(const Sale& sale, ChunkSource source, std::size_t bytes) {
  return sale.is_witness ? pricing::witness_charge(sale.quote, source, bytes) : pricing::chunk_charge(sale.quote, source, bytes);
}

void count(const Sale& sale, const Piece& piece, bool redelivery) {
  auto& counters = sale.connection.counters();
  if (redelivery) Counters::add(counters.chunks_redelivered);
  if (sale.is_witness) return Counters::add(counters.chunks_witnessed);
  Counters::add(piece.source == ChunkSource::hit ? counters.chunks_hit : counters.chunks_miss);
  Counters::add(counters.payload_bytes, piece.bytes);
}

template <typename Message>
Message message_of(const Sale& sale, base::ChunkIndex index, const Piece& piece, const LedgerBook::Charged& charged, bool redelivered) {
  Message message;
  message.stream = sale.stream.id;
  message.index = index;
  message.source = static_cast<std::uint8_t>(piece.source);
  message.redelivered = redelivered;
  message.charge = charged.amount;
  message.charged_after = charged.after;
  message.hash = piece.hash;
  return message;
}

void send(Sale& sale, base::ChunkIndex index, const Piece& piece, const LedgerBook::Charged& charged, bool redelivered) {
  auto& session = sale.connection.session();
  if (sale.is_witness) {
    auto message = message_of<wire::Witnessed>(sale, index, piece, charged, redelivered);
    message.bytes = static_cast<std::uint32_t>(piece.bytes);
    session.send(std::move(message));
  } else {
    auto message = message_of<wire::ChunkMessage>(sale, index, piece, charged, redelivered);
    message.payload = wire::Payload{piece.chunk, base::ByteView{piece.chunk->bytes}};
    session.send(std::move(message));
  }
  sale.connection.kick();
}

/// A witness need not have a chunk in hand whose hash it knows. nullopt: it must be looked at.
std::optional<Piece> known_piece(const Sale& sale, const content::OpenBody& body, base::ChunkIndex index) {
  if (!sale.is_witness || !body.head().length || !body.held(index)) return std::nullopt;
  Piece piece;
  piece.hash = body.hash_of(index);
  piece.bytes = expected_bytes(body, index);
  piece.source = ChunkSource::hit;
  if (piece.hash.is_zero() || piece.bytes == 0) return std::nullopt;
  return piece;
}

/// nullopt: the body ended before this chunk.
asio::awaitable<base::Result<std::optional<Piece>>> take_piece(Sale& sale, content::OpenBody& body, base::ChunkIndex index) {
  auto known = known_piece(sale, body, index);
  if (known) co_return known;
  FERRY_CO_TRY(const auto served, co_await body.chunk(index));
  if (!served.chunk) co_return std::nullopt;
  Piece piece;
  piece.hash = served.chunk->hash;
  piece.bytes = served.chunk->bytes.size();
  piece.source = served.source;
  piece.chunk = served.chunk;
  co_return piece;
}

}  // namespace

asio::awaitable<base::Result<std::optional<base::Hash256>>> serve_chunk(Sale& sale, content::OpenBody& body, base::ChunkIndex index) {
  // price
  const auto source = body.held(index) ? ChunkSource::hit : ChunkSource::miss;
  const auto price = charge_of(sale, source, expected_bytes(body, index));
  // room: who opened no window asks for nothing, and credit that is held for it would be missing on the payer's other streams
  FERRY_CO_CHECK(co_await wait_for_room(sale, 1));
  // credit
  FERRY_CO_TRY(const auto reservation, co_await wait_for_admission(sale, index.value, price));
  Held held(sale, reservation);
  // content
  FERRY_CO_TRY(const auto piece, co_await take_piece(sale, body, index));
  if (!piece) co_return std::nullopt;
  // room for all of it
  FERRY_CO_CHECK(co_await wait_for_room(sale, piece->bytes));
  // charge: never above what was admitted, and a chunk that came cheaper than expected is charged so
  const auto final_price = std::min(price, charge_of(sale, piece->source, piece->bytes));
  held.handed_on();
  // send, when the charge is durable
  sale.outbox->charge(reservation, final_price, piece->bytes, [&sale, index, piece = *piece, repeated = reservation.redelivery](const LedgerBook::Charged& charged) {
    send(sale, index, piece, charged, repeated);
    count(sale, piece, repeated);
  });
  co_return piece->hash;
}

}  // namespace ferry::relay
