#pragma once
// ClientConnection: one client's WebSocket on one worker: reads messages into a RelaySession, writes what the session queues, and starts one
// coroutine per stream. It decides nothing about money or content; serve_request and take_voucher do.
// Threads: born, served and destroyed on its worker.

#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "pricing/recent_quotes.hpp"
#include "protocol/wire/byte_queue.hpp"
#include "protocol/wire/relay_session.hpp"
#include "relay/serve/local_event.hpp"
#include "relay/serve/node.hpp"
#include "relay/serve/tls_stream.hpp"
#include "relay/shared/counters.hpp"

namespace ferry::relay {

class Worker;

using WebSocket = boost::beast::websocket::stream<TlsStream, false>;

/// One request or tunnel of this client while it is served.
struct Stream {
  Stream(base::StreamId number, base::ChannelId from, boost::asio::io_context& io) : id(number), channel(from), changed(io) {}
  virtual ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  const base::StreamId id;
  const base::ChannelId channel;  ///< who pays
  LocalEvent changed;             ///< accepted, cancelled, window, queue, credit or what a tunnel carries: look again
  bool accepted = false;
  bool cancelled = false;
  bool waits_for_queue = false;   ///< wants to be woken when the session's send queue is empty
  bool waits_with_credit = false; ///< holds credit that it may not need, and wants to be woken when another stream does
  /// The client has said that it wants nothing more, and waits for the end.
  virtual bool is_unwanted() const { return false; }
};

struct RequestStream final : Stream {
  RequestStream(wire::Request came, boost::asio::io_context& io) : Stream(came.stream, came.channel, io), request(std::move(came)) {}
  wire::Request request;
};

struct TunnelStream final : Stream {
  TunnelStream(wire::OpenTunnel came, boost::asio::io_context& io) : Stream(came.stream, came.channel, io), asked(std::move(came)) {}
  wire::OpenTunnel asked;
  wire::ByteQueue up;     ///< came from the client and waits for the origin; at most what its window allows
  bool opened = false;    ///< the client was told that it is connected
  bool up_ended = false;  ///< nothing more comes
  bool reset = false;     ///< and nothing more is wanted
  std::optional<base::Error> broken;  ///< why this relay ends it
  bool is_unwanted() const override { return reset || broken; }
};

/// What the client was told to pay before it is served on. One stream speaks for all that wait for the same channel: the client answers with one
/// voucher, and that lets all of them look again.
struct ToldNeed {
  base::StreamId by;
  base::Amount required;
  base::Time at;
};

/// A channel that this client named and the ledger confirmed.
struct PayingChannel {
  channels::ChannelConfig config;
  base::Amount confirmed;
  std::optional<ToldNeed> told{};
};

class ClientConnection : public std::enable_shared_from_this<ClientConnection> {
 public:
  ClientConnection(Worker& worker, std::unique_ptr<WebSocket> socket, const wire::Exporter& exporter);
  ~ClientConnection();
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;

  /// Serves until the client leaves, breaks the protocol, or close() is called.
  boost::asio::awaitable<void> run();

  /// No new streams; closes when the running ones are done.
  void drain();
  /// Ends everything now.
  void close();

  wire::RelaySession& session() { return session_; }
  Worker& worker() { return worker_; }
  const Node& node() const;
  Counters& counters();
  bool closed() const { return closed_; }

  /// Something was queued in the session: let the writer run.
  void kick() { writable_.notify(); }
  /// Lets a stream look again; does nothing if it is gone.
  void wake_stream(base::StreamId id);

  /// Null unless the client named this channel in this session and it is open.
  const PayingChannel* find_channel(const base::ChannelId& id) const;
  /// A channel was confirmed for this client.
  void add_channel(const base::ChannelId& id, PayingChannel channel);
  pricing::RecentQuotes& tunnel_offers() { return tunnel_offers_; }
  /// So much of what tunnels held for origins is held no more.
  void up_released(std::size_t bytes) { up_bytes_held_ -= bytes; }
  /// A stream lacks credit. True when it has to tell the client: nothing as low was told, or that was met since, or long ago.
  bool takes_up_need(const Stream& stream, const channels::NeedVoucher& need, base::Time now);
  /// The stream waits no more: if it spoke for others, they look again.
  void drops_need(const Stream& stream);
  /// A stream has found no credit: those that hold some in vain are woken.
  void credit_is_short(base::Time now);
  /// When that was last so.
  base::Time credit_was_short_at() const { return credit_was_short_at_; }
  /// A refused voucher costs work: too many in a minute end the session.
  void count_bad_voucher();

 private:
  boost::asio::awaitable<void> read_messages();
  boost::asio::awaitable<void> write_messages(std::shared_ptr<ClientConnection> self);
  boost::asio::awaitable<void> keep_time(std::shared_ptr<ClientConnection> self);
  void dispatch(wire::RelayEvent event);
  void start_request(wire::Request request);
  void start_tunnel(wire::OpenTunnel tunnel);
  void take_up(TunnelStream& tunnel, base::ByteView bytes);
  void run_stream(std::shared_ptr<Stream> stream, boost::asio::awaitable<void> serving);
  Stream* find_stream(base::StreamId id);
  TunnelStream* find_tunnel(base::StreamId id);
  void wake_waiting();
  void wake_all();

  Worker& worker_;
  std::unique_ptr<WebSocket> socket_;
  wire::RelaySession session_;
  LocalEvent writable_;
  LocalEvent ticking_;
  std::unordered_map<base::StreamId, std::shared_ptr<Stream>> streams_;
  std::unordered_map<base::ChannelId, PayingChannel, base::Bytes32Hasher> channels_;
  pricing::RecentQuotes tunnel_offers_;
  std::size_t up_bytes_held_ = 0;  ///< in the tunnels' queues
  base::Time credit_was_short_at_{};
  std::uint32_t bad_vouchers_ = 0;
  base::Time bad_vouchers_since_{};
  bool closed_ = false;
  bool draining_ = false;
};

}  // namespace ferry::relay
