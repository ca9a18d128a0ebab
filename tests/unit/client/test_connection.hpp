#pragma once
// TestConnection: one connection of a TestRelay: TLS, HTTP upgrade, WebSocket by wslay, wire::RelaySession, and one TestStream per request.
// The relay's thread, under its lock.

#include <wslay/wslay.h>

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "pricing/quote.hpp"
#include "protocol/wire/relay_session.hpp"
#include "tests/unit/client/test_relay_state.hpp"

namespace ferry::client::testing {

/// One request while it is served.
struct TestStream {
  wire::Request request;
  TestObject* object = nullptr;
  pricing::Quote quote;
  bool accepted = false;
  bool fee_charged = false;
  std::uint64_t next_chunk = 0;
  std::uint64_t end_chunk = 0;
  std::vector<base::Hash256> served;
  base::RequestHash answered;  ///< what manifests are about
  bool is_witness() const { return wire::is_witness(request.kind); }
  std::optional<base::Amount> told;  ///< the need that was last told
};

/// One tunnel while it is carried. Its money is counted in steps, as a relay's is.
struct TestTunnel {
  wire::OpenTunnel asked;
  SeenTunnel* seen = nullptr;
  Site site;
  pricing::Quote quote;
  bool quoted = false;
  bool accepted = false;
  base::Bytes up, down;       ///< not carried yet
  bool up_ended = false;      ///< by the client, and the site was told
  bool site_ended = false;
  bool end_sent = false;
  std::optional<channels::Reservation> step;
  std::uint64_t step_bytes = 0;
  std::uint64_t down_bytes = 0, up_bytes = 0;          ///< carried
  std::uint64_t charged_down = 0, charged_up = 0;      ///< of these
  std::optional<base::Amount> told;                    ///< the need that was last told
};

class TestConnection {
 public:
  TestConnection(TestRelay::State& state, int socket);
  ~TestConnection();
  TestConnection(const TestConnection&) = delete;
  TestConnection& operator=(const TestConnection&) = delete;

  int socket() const { return socket_; }
  short wants() const;
  bool is_over() const { return over_; }
  void on_ready();
  /// Everything that can go on does.
  void pump();

 private:
  void read_http();
  void read_frames();
  void receive(base::ByteView message);
  void on(const wire::RelayEvent& event);
  void open_channel(const wire::OpenChannel& message);
  void take_voucher(const wire::VoucherMessage& message);
  void close_channel(const wire::CloseChannel& message);
  void open_request(const wire::Request& request);
  void send_offer(TestStream& stream);
  /// False when it has to wait or is gone.
  bool serve_step(TestStream& stream);
  bool charge_fee(TestStream& stream);
  bool serve_chunk(TestStream& stream);
  void send_manifest(TestStream& stream, bool is_final, base::Amount charge, bool redelivered, base::Amount charged_after);
  base::Amount charge(const channels::Reservation& reservation);
  std::optional<channels::Reservation> reserve(TestStream& stream, std::uint64_t index, base::Amount price);
  void open_tunnel(const wire::OpenTunnel& message);
  void quote_tunnel(TestTunnel& tunnel);
  void take_tunnel_data(base::StreamId stream, base::ByteView bytes);
  /// False when it has to wait or is gone.
  bool tunnel_step(TestTunnel& tunnel);
  bool open_step(TestTunnel& tunnel, std::uint64_t wanted);
  bool carry_up(TestTunnel& tunnel);
  bool carry_down(TestTunnel& tunnel);
  void ask_site(TestTunnel& tunnel, base::ByteView came, bool ended);
  void settle_step(TestTunnel& tunnel);
  void end_tunnel(TestTunnel& tunnel, std::optional<base::Error> why);
  void write_out();
  void flush(std::size_t limit = SIZE_MAX, bool wait = false);
  void close();

  TestRelay::State& state_;
  int socket_;
  wire::TlsEngine tls_;
  std::string http_;
  std::unique_ptr<wire::RelaySession> session_;
  wslay_event_context_ptr frames_ = nullptr;
  std::map<base::StreamId, TestStream> streams_;
  std::map<base::StreamId, TestTunnel> tunnels_;
  bool half_frame_ = false;  ///< the next thing sent is cut in two and the connection closed
  bool over_ = false;
};

}  // namespace ferry::client::testing
