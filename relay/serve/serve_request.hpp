#pragma once
// serve_request: one request from its arrival to its end. Reads downwards: check, quote, wait for acceptance, open the content, send the
// manifest, serve chunk after chunk, send the final manifest. One coroutine per stream.

#include <boost/asio/awaitable.hpp>
#include <memory>

namespace ferry::relay {

class ClientConnection;
struct RequestStream;

/// Always ends the stream with Done or Refused, unless the connection is gone.
boost::asio::awaitable<void> serve_request(std::shared_ptr<ClientConnection> connection, std::shared_ptr<RequestStream> stream);

}  // namespace ferry::relay
