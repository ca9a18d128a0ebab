#pragma once
// accept_connection: from an accepted TCP socket to what the peer wants: TLS, one HTTP request, then either the WebSocket of a client session
// (GET /ferry) or the relay's plain HTTP pages.

#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace ferry::relay {

class Worker;

/// Returns when the connection is over. Never throws.
boost::asio::awaitable<void> accept_connection(Worker& worker, boost::asio::ip::tcp::socket socket);

}  // namespace ferry::relay
