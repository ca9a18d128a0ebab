#pragma once
// Worker: one thread's share of the relay: an io_context, an acceptor (SO_REUSEPORT), the resolver and content source of this thread, and the
// connections that it accepted. Everything that a connection touches lives here or in relay/shared.
// Threads: run() is the thread; listen(), drain() and stop() may be called from others.

#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <unordered_set>
#include <vector>

#include "protocol/base/result.hpp"
#include "relay/content/content_source.hpp"
#include "relay/exit/resolver.hpp"
#include "relay/serve/local_event.hpp"
#include "relay/serve/node.hpp"
#include "relay/shared/address_limits.hpp"
#include "relay/shared/counters.hpp"
#include "relay/serve/piece_pool.hpp"

namespace ferry::relay {

class ClientConnection;

/// What a worker fetches with. Destroyed in the reverse order.
struct WorkerContent {
  std::unique_ptr<exit::Resolver> resolver;
  std::unique_ptr<content::ContentSource> source;
};

class Worker {
 public:
  using tcp = boost::asio::ip::tcp;
  /// Builds what is this thread's own; called once in the constructor.
  using MakeContent = std::function<WorkerContent(boost::asio::io_context& io)>;

  Worker(const Node& node, AddressLimits& limits, MakeContent make_content);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Opens a listening socket that other workers share. Gives the port (for port 0: the one that was chosen).
  /// Errors: environment "listen" (address in use, no permission).
  base::Result<std::uint16_t> listen(const Endpoint& endpoint);

  /// Runs until stop() and the end of the last connection and stream.
  void run();
  /// No new connections and streams; running streams go on.
  void drain();
  /// Closes every connection and lets run() return.
  void stop();

  boost::asio::io_context& io() { return io_; }
  const Node& node() const { return node_; }
  Counters& counters() { return counters_; }
  const Counters& counters() const { return counters_; }
  content::ContentSource& content() { return *content_.source; }
  exit::Resolver& resolver() { return *content_.resolver; }
  base::MutableByteView scratch() { return base::MutableByteView{scratch_}; }
  PiecePool& pieces() { return pieces_; }

  /// A socket that no session looks after: stop() closes it.
  void greet(tcp::socket& socket) { greeting_.insert(&socket); }
  void greeted(tcp::socket& socket) { greeting_.erase(&socket); }
  /// Connections tell when they start and end, so that drain() and stop() reach them.
  void add(ClientConnection& connection) { connections_.insert(&connection); }
  void remove(ClientConnection& connection) { connections_.erase(&connection); }
  /// Streams may outlive their connection for a moment; stop() waits for them too.
  void stream_started() { ++streams_; }
  void stream_ended();

 private:
  boost::asio::awaitable<void> accept_loop();
  boost::asio::awaitable<void> serve_socket(tcp::socket socket);
  void stop_when_empty();

  const Node& node_;
  AddressLimits& limits_;
  boost::asio::io_context io_{1};
  base::Bytes scratch_;
  PiecePool pieces_;
  Counters counters_;
  WorkerContent content_;
  tcp::acceptor acceptor_;
  std::unordered_set<ClientConnection*> connections_;
  std::unordered_set<tcp::socket*> greeting_;  ///< accepted, not yet a client session
  std::size_t sockets_ = 0;
  std::size_t streams_ = 0;
  bool stopping_ = false;
};

}  // namespace ferry::relay
