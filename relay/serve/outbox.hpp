#pragma once
// Outbox: what one stream sends under a charge. Each message leaves as soon as its charge is durable (S2 of docs/payments.md), in order, while
// the next ones are already being prepared: one commit of the journal covers many chunks.
// Threads: the worker's of its connection; the journal's thread only posts to it. What is still waiting when the outbox goes is not sent.

#include <utility>

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "channels/relay_ledger.hpp"
#include "relay/serve/client_connection.hpp"

namespace ferry::relay {

class Outbox : public std::enable_shared_from_this<Outbox> {
 public:
  using Send = std::function<void(const LedgerBook::Charged& charged)>;

  /// Both outlive this.
  Outbox(ClientConnection& connection, Stream& stream) : connection_(connection), stream_(stream) {}

  /// Charges a reservation. `send` runs when that is durable; `payload` is how much of the stream's window it takes.
  void charge(const channels::Reservation& reservation, base::Amount final_price, std::size_t payload, Send send);

  /// Runs when all that was charged before has left.
  void send_in_order(std::function<void()> send);

  /// Payload that is charged and has not left.
  std::size_t waiting_bytes() const { return waiting_bytes_; }
  /// The journal cannot make anything durable: nothing more leaves. Environment "journal_failed".
  const std::optional<base::Error>& failure() const { return failure_; }

  /// Waits until everything has left, or the stream is gone. Errors: failure(); environment "journal_slow".
  boost::asio::awaitable<base::Result<void>> drained();

 private:
  struct Parcel {
    Send send;
    LedgerBook::Charged charged;
    std::size_t payload = 0;
    bool durable = false;
  };
  void settle(std::uint64_t number, const base::Result<void>& durable);
  void send_durable();

  ClientConnection& connection_;
  Stream& stream_;
  std::deque<Parcel> waiting_;
  std::uint64_t first_ = 0;  ///< the number of the parcel at the front
  std::size_t waiting_bytes_ = 0;
  std::optional<base::Error> failure_;
};

}  // namespace ferry::relay
