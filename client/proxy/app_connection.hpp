#pragma once
// AppConnection: one app on the proxy's port: tells SOCKS from HTTP by the first byte, reads its request, and has an exchange serve it; for HTTP one
// after the other. Everything an app sends is bounded in size and, until a request is complete, in time.
// Threads: the loop's.

#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "client/front/http_head_reader.hpp"
#include "client/front/socks_handshake.hpp"
#include "client/loop/timer.hpp"
#include "client/proxy/app_exchange.hpp"
#include "client/proxy/proxy_house.hpp"

namespace ferry::client {

class AppConnection final : private TcpStream::Listener, private AppSide {
 public:
  /// `listen`: the address on which it came. `gone` is called once, never from inside the constructor; this may be destroyed a turn of the loop later.
  AppConnection(ProxyHouse& house, Destination listen, std::function<void(AppConnection*)> gone);
  ~AppConnection();

  /// False when there was no connection to take.
  bool accept(uv_stream_t* listening);
  /// No request is being served.
  bool is_idle() const { return exchange_ == nullptr; }
  /// Ends it now.
  void close();

 private:
  struct Unknown {};
  using Front = std::variant<Unknown, SocksHandshake, HttpHeadReader>;

  void on_connected() override {}
  void on_bytes(base::ByteView bytes) override;
  void on_drained() override;
  bool on_peer_ended() override;
  void on_closed(base::Error error) override;

  TcpStream& socket() override { return tcp_; }
  void wants_more() override;
  void exchange_done() override;
  void carry_instead(const HttpRequestHead& head) override;
  void close_when_sent() override;
  void close_now() override;

  AppSide& side() { return *this; }
  void pump();
  /// Each gives how many bytes it took of what waits.
  std::size_t take(base::ByteView bytes);
  std::size_t take_socks(SocksHandshake& handshake, base::ByteView bytes);
  std::size_t take_http(HttpHeadReader& reader, base::ByteView bytes);
  void begin(const SocksRequest& request);
  void begin(HttpRequestHead head);
  void carry(const HttpRequestHead& head, const std::string& app, bool direct);
  void begin(std::unique_ptr<AppExchange> exchange);
  void refuse(const HttpRequestHead* head, const base::Error& error);
  std::string app_of(const std::string& name) const;
  void end_exchange();
  void linger();
  void wait_for_request(base::Duration patience);

  ProxyHouse& house_;
  const Destination listen_;
  std::function<void(AppConnection*)> gone_;
  TcpStream tcp_;
  Timer timer_;
  Front front_;
  std::unique_ptr<AppExchange> exchange_;
  base::Bytes pending_;       ///< came, and nobody takes it yet
  bool paused_ = false;
  bool pumping_ = false;
  bool app_ended_ = false;
  bool told_end_ = false;     ///< to the exchange
  bool lingering_ = false;    ///< all is said; what still comes is thrown away
  bool closed_ = false;
};

}  // namespace ferry::client
