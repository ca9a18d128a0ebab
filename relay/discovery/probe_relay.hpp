#pragma once
// probe_relay: asks an address that somebody called a relay who it is: one TLS connection, `GET /descriptor`, a small answer, a deadline over all of
// it. The answer counts only with a proof that whoever is at the other end of this connection holds the key that signed it.

#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <memory>
#include <unordered_set>

#include "protocol/base/result.hpp"
#include "protocol/discovery/signed_descriptor.hpp"
#include "protocol/wire/tls_engine.hpp"
#include "relay/exit/socket_address.hpp"

namespace ferry::relay::discovery {

struct ProbeMeans {
  boost::asio::io_context& io;
  std::shared_ptr<wire::TlsContext> tls;  ///< a client's
  base::MutableByteView scratch;          ///< shared by all probes of this thread
  std::unordered_set<boost::asio::ip::tcp::socket*>& running;  ///< who closes one of these ends its probe
  std::chrono::milliseconds timeout{3'000};
};

/// Whether the address may be contacted was decided before. Errors: environment "probe_connect", "probe_tls", "probe_answer" (none, too late, too
/// large, not HTTP, not 200); peer_fault "probe_proof" (another relay's descriptor), and those of SignedDescriptor::read().
boost::asio::awaitable<base::Result<ferry::discovery::SignedDescriptor>> probe_relay(const ProbeMeans& means, exit::SocketAddress where);

}  // namespace ferry::relay::discovery
