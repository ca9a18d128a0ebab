#pragma once
// carry_tunnel: bytes both ways between a connected origin and a client's stream, as long as credit, the client's window and the origin allow,
// until both halves have ended. One coroutine per tunnel: it moves what can be moved without waiting, then waits for anything to change.
// Threads: the worker's of its connection.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "relay/serve/sale.hpp"
#include "relay/serve/tunnel_meter.hpp"

namespace ferry::relay {

/// Success when both halves have ended, the client wants no more, or the origin broke the connection off (the client is told by a reset). What was
/// carried is not settled yet. Errors: refusal "cancelled", "payment_timeout"; environment "tunnel_idle", "tunnel_expired", "journal_…".
boost::asio::awaitable<base::Result<void>> carry_tunnel(Sale& sale, TunnelStream& stream, TunnelMeter& meter, boost::asio::ip::tcp::socket& origin);

}  // namespace ferry::relay
