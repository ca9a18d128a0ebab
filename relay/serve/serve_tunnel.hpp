#pragma once
// serve_tunnel: one tunnel from its arrival to its end. Reads downwards: check, quote, wait for acceptance, credit, connect, carry, settle.
// One coroutine per tunnel.

#include <boost/asio/awaitable.hpp>
#include <memory>

namespace ferry::relay {

class ClientConnection;
struct TunnelStream;

/// Always ends the stream with Done or Refused, unless the connection is gone. What was carried is charged in any case.
boost::asio::awaitable<void> serve_tunnel(std::shared_ptr<ClientConnection> connection, std::shared_ptr<TunnelStream> stream);

}  // namespace ferry::relay
