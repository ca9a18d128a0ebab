#pragma once
// WebSocketLink: TCP, TLS 1.3 and WebSocket to one relay. Any certificate is taken: who answers is proved inside by wire::ClientSession.
// Threads: the loop's.

#include <memory>
#include <optional>
#include <string>

#include "client/transport/link.hpp"
#include "client/transport/relay_reference.hpp"
#include "client/transport/tcp_stream.hpp"
#include "client/transport/websocket_handshake.hpp"
#include "protocol/wire/tls_engine.hpp"

namespace ferry::client {

/// What all links of one loop share.
struct LinkResources {
  std::shared_ptr<wire::TlsContext> tls;
  MessagePool messages;
  base::Bytes scratch = base::Bytes(256 * 1024);  ///< one read of a socket
};

class WebSocketLink final : public Link, private TcpStream::Listener {
 public:
  static constexpr base::Duration kConnectTimeout{10'000};
  static constexpr std::size_t kMaxUnsent = 256 * 1024;

  /// `resources` and `listener` outlive this.
  WebSocketLink(Loop& loop, LinkResources& resources, RelayReference relay, Link::Listener& listener);
  ~WebSocketLink() override;

  void open() override;
  void send(const wire::OutMessage& message) override;
  void flush() override;
  bool is_full() const override;
  std::optional<base::IpAddress> peer() const override { return tcp_.peer(); }
  std::uint64_t wire_bytes() const override { return wire_bytes_; }

 private:
  enum class Step { connecting, securing, upgrading, open };

  void on_connected() override;
  void on_bytes(base::ByteView bytes) override;
  void on_drained() override;
  void on_closed(base::Error error) override;

  void watch_path();
  base::Result<void> read_on();
  base::Result<void> read_response();
  void read_messages();
  base::Result<std::size_t> read_plaintext(base::MutableByteView out);
  void fail(base::Error error);
  void fail_later(base::Error error);

  LinkResources& resources_;
  RelayReference relay_;
  Link::Listener& listener_;
  TcpStream tcp_;
  wire::TlsEngine tls_;
  WebsocketHandshake handshake_;
  FrameReader frames_;
  Timer timer_;
  Timer path_timer_;
  Step step_ = Step::connecting;
  std::string response_;      // received, before it is complete; then what followed it
  std::size_t response_used_ = 0;
  base::Bytes outgoing_;      // frames not yet encrypted
  std::uint64_t wire_bytes_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< false when nobody is to be told any more
};

}  // namespace ferry::client
