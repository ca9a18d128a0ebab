#pragma once
// Sale: what the steps of serving one request share once its quote is made: who buys, under which quote, and the outbox through which all that
// is charged leaves. And the two steps that wait for the client: wait_for_admission (price → credit) and wait_for_room (window, send queue).
// Used by serve_request and serve_chunk.

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "channels/relay_ledger.hpp"
#include "pricing/quote.hpp"
#include "relay/serve/client_connection.hpp"
#include "relay/serve/outbox.hpp"

namespace ferry::relay {

struct Sale {
  ClientConnection& connection;  ///< both outlive the sale: serve_request holds them
  Stream& stream;
  pricing::Quote quote;
  base::RequestHash request;      ///< what the quote and the charges are for
  base::Address payer;
  base::Amount chunk_price;      ///< a whole chunk at the dearer price: the unit of credit
  std::shared_ptr<Outbox> outbox;
  base::RequestHash answered;     ///< what the manifests are about; the same unless this is a witness's
  bool is_witness = false;        ///< hashes are sent, not chunks
};

/// Waits until the payer's credit admits this delivery, telling the client what is missing.
/// Errors: refusal "payment_timeout" (no voucher came), "cancelled", and those of RelayLedger::reserve.
boost::asio::awaitable<base::Result<channels::Reservation>> wait_for_admission(Sale& sale, std::uint64_t index, base::Amount price);

/// Waits until `bytes` of payload fit the stream's window and the send queue has room. Errors: "cancelled", "reader_stalled", those of Outbox.
boost::asio::awaitable<base::Result<void>> wait_for_room(Sale& sale, std::size_t bytes);

/// The stream is gone: the client cancelled it or left.
base::Error cancelled();
/// The journal does not answer in time.
base::Error journal_slow();
bool is_gone(const ClientConnection& connection, const Stream& stream);

}  // namespace ferry::relay
