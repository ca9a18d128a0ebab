#pragma once
// connect_tunnel: from a host and a port to a connected socket, through the exit policy: resolved once, every address checked, connected to a
// checked address and to no other.

#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "protocol/base/result.hpp"
#include "protocol/base/url.hpp"

namespace ferry::relay {

class Worker;

/// Non-blocking, without Nagle's delay. Errors: those of exit::check_target(); environment "tunnel_refused" (nobody listens there),
/// "tunnel_unreachable", "tunnel_timeout", "tunnel_no_sockets".
boost::asio::awaitable<base::Result<std::unique_ptr<boost::asio::ip::tcp::socket>>> connect_tunnel(Worker& worker, base::Host host, std::uint16_t port);

}  // namespace ferry::relay
