#pragma once
// Session: one authenticated connection to a relay: a Link with a wire::ClientSession. Hands messages to the streams and to the relay's owner,
// and carries ledger calls. Lives for one connection; Relay makes the next.
// Threads: the loop's.

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "client/loop/timer.hpp"
#include "client/settings.hpp"
#include "client/transport/link.hpp"
#include "protocol/wire/client_session.hpp"

namespace ferry::client {

/// Who opened a stream. Nothing is called after on_refused, on_done, on_lost, cancel() or hand_over(). What has a body here comes only on one
/// kind of stream.
class StreamListener {
 public:
  /// Bytes of the next message, payload included.
  virtual void on_message_bytes(std::size_t bytes) = 0;
  virtual void on_quote(wire::QuoteMessage message) = 0;
  // Of a request.
  virtual void on_manifest(wire::ManifestMessage /*message*/) {}
  virtual void on_hashes(wire::Hashes /*message*/) {}
  virtual void on_chunk(wire::ChunkMessage /*message*/) {}
  virtual void on_witnessed(wire::Witnessed /*message*/) {}
  // Of a tunnel.
  virtual void on_opened() {}
  virtual void on_data(wire::Payload /*payload*/) {}
  virtual void on_end(bool /*reset*/) {}
  virtual void on_meter(wire::TunnelMeter /*message*/) {}
  /// up_window() has grown, or what was queued has left: more may be sent.
  virtual void on_room() {}
  /// The relay has sent all that it charged on this stream, and waits for a voucher of at least `required`.
  virtual void on_credit_wait(base::Amount /*required*/) {}
  virtual void on_done() = 0;
  virtual void on_refused(wire::Refused message) = 0;
  /// The session ended before the stream.
  virtual void on_lost(const base::Error& error) = 0;

 protected:
  ~StreamListener() = default;
};

class SessionListener {
 public:
  virtual void on_welcome(const wire::Welcome& welcome) = 0;
  virtual void on_channel_state(wire::ChannelState message) = 0;
  virtual void on_voucher_refused(wire::VoucherRefused message) = 0;
  virtual void on_need_voucher(wire::NeedVoucher message) = 0;
  /// The last call; streams and ledger calls have been told.
  virtual void on_session_ended(base::Error error) = 0;

 protected:
  ~SessionListener() = default;
};

class Session final : private Link::Listener {
 public:
  using Reply = std::function<void(base::Result<std::string>)>;
  using CloseReply = std::function<void(base::Result<wire::CloseSigned>)>;
  /// Makes the link of a session; tests put others in.
  using MakeLink = std::function<std::unique_ptr<Link>(Link::Listener&)>;

  /// `key` and `listener` outlive this. After on_session_ended it is still there until its owner destroys it, which must not happen inside a
  /// callback.
  Session(Loop& loop, wire::ClientSessionSettings settings, const base::SecretKey& key, Clock clock, SessionListener& listener,
          const MakeLink& make_link);
  ~Session();

  void start() { link_->open(); }

  bool is_ready() const { return protocol_ && protocol_->welcomed() && !ended_; }
  /// Precondition for all below: is_ready().
  const wire::Welcome& welcome() const { return *protocol_->welcome(); }
  std::optional<base::IpAddress> peer() const { return link_->peer(); }
  /// Errors: refusals of ClientSession::open_stream().
  base::Result<base::StreamId> open_stream(wire::Request request, StreamListener& listener);
  /// The same for a tunnel; its data may follow at once.
  base::Result<base::StreamId> open_tunnel(wire::OpenTunnel message, StreamListener& listener);
  /// What send_data() may send into a tunnel now: nothing while the link is full; on_room() tells when that has changed. Units: bytes.
  std::uint64_t up_room(base::StreamId stream);
  /// Precondition: not empty, at most wire::kMaxUpPayload and up_room().
  void send_data(base::StreamId stream, wire::Payload payload);
  void end_tunnel(base::StreamId stream, bool reset);
  void accept(base::StreamId stream, const base::Salt& nonce);
  void add_window(base::StreamId stream, std::uint64_t bytes);
  /// Gives up a stream; what is under way on it is dropped, though it may be charged.
  void cancel(base::StreamId stream);
  /// Another listener takes the place of the one that opened the stream, which hears nothing more.
  void hand_over(base::StreamId stream, StreamListener& to) { streams_[stream] = &to; }
  void open_channel(wire::OpenChannel message);
  void send(wire::VoucherMessage message);
  /// `reply` runs once; with an error when the session ends first, or environment "ledger_timeout" when nothing comes in time.
  void call_ledger(std::string method, std::string body, base::Duration timeout, Reply reply);
  /// `reply` runs once: with what the relay signed, its refusal by its code, or an error when the session ends first, or environment "relay_silent" when
  /// nothing comes in time. `channel` is that of the message.
  void close_channel(wire::CloseChannel message, const base::ChannelId& channel, base::Duration timeout, CloseReply reply);

  /// Asks for other relays, or for holders of an object; as call_ledger(), but the error is environment "relay_silent" when nothing comes in time.
  using Told = std::function<void(base::Result<wire::Relays>)>;
  template <typename Question>
  void find(Question question, base::Duration timeout, Told told);

  /// Says goodbye and ends, telling everybody `why`.
  void end(base::Error why);
  bool has_ended() const { return ended_; }
  /// From hello to welcome.
  std::uint64_t latency_ms() const { return latency_ms_; }
  /// Before its end, too.
  bool was_welcomed() const { return protocol_ && protocol_->welcomed(); }

 private:
  void on_open(const wire::Exporter& exporter) override;
  void on_message(ReceivedMessage message) override;
  void on_idle() override;
  void on_closed(base::Error error) override;

  void dispatch(wire::ClientEvent event, std::size_t bytes);
  void on(wire::RelayWelcomed&& came, std::size_t bytes);
  void on(wire::ChannelState&& came, std::size_t bytes);
  void on(wire::VoucherRefused&& came, std::size_t bytes);
  void on(wire::NeedVoucher&& came, std::size_t bytes);
  void on(wire::CloseSigned&& came, std::size_t bytes);
  void on(wire::CloseRefused&& came, std::size_t bytes);
  void on(wire::LedgerReply&& came, std::size_t bytes);
  void on(wire::Relays&& came, std::size_t bytes);
  void on(wire::RelayLeaving&& came, std::size_t bytes);
  void on(wire::QuoteMessage&& came, std::size_t bytes);
  void on(wire::ManifestMessage&& came, std::size_t bytes);
  void on(wire::Hashes&& came, std::size_t bytes);
  void on(wire::ChunkMessage&& came, std::size_t bytes);
  void on(wire::Witnessed&& came, std::size_t bytes);
  void on(wire::Window&& came, std::size_t bytes);
  void on(wire::TunnelOpened&& came, std::size_t bytes);
  void on(wire::TunnelData&& came, std::size_t bytes);
  void on(wire::TunnelEnd&& came, std::size_t bytes);
  void on(wire::TunnelMeter&& came, std::size_t bytes);
  void on(wire::Done&& came, std::size_t bytes);
  void on(wire::Refused&& came, std::size_t bytes);
  StreamListener* find(base::StreamId stream, std::size_t bytes);
  StreamListener* take(base::StreamId stream, std::size_t bytes);
  void keep_time();
  void kick();
  void send_queued();
  void tell_room();
  void finish(base::Error error);

  wire::ClientSessionSettings settings_;
  const base::SecretKey& key_;
  Clock clock_;
  SessionListener& listener_;
  std::unique_ptr<Link> link_;
  Timer timer_;
  std::unique_ptr<wire::ClientSession> protocol_;  // once the link is open
  std::unordered_map<base::StreamId, StreamListener*> streams_;
  struct Call {
    Reply reply;
    std::unique_ptr<Timer> timer;
  };
  void answer(std::uint32_t call, base::Result<std::string> body);
  struct Closing {
    CloseReply reply;
    std::unique_ptr<Timer> timer;
  };
  void answer(const base::ChannelId& channel, base::Result<wire::CloseSigned> agreed);

  std::unordered_map<std::uint32_t, Call> calls_;
  struct Find {
    Told told;
    std::unique_ptr<Timer> timer;
  };
  void tell(std::uint32_t find, base::Result<wire::Relays> relays);
  std::unordered_map<std::uint32_t, Find> finds_;
  std::unordered_map<base::ChannelId, Closing, base::Bytes32Hasher> closing_;
  Loop& loop_;
  std::optional<base::Error> leaving_;
  std::uint64_t hello_at_ = 0;
  std::uint64_t latency_ms_ = 0;
  std::unordered_set<base::StreamId> waiting_for_room_;  ///< tunnels that found the link full
  bool receiving_ = false;
  bool ended_ = false;
};

template <typename Question>
void Session::find(Question question, base::Duration timeout, Told told) {
  const auto id = protocol_->find(std::move(question));
  if (!id) return told(base::fail(id.error()));
  auto timer = std::make_unique<Timer>(loop_);
  timer->start(timeout, [this, find = *id] { tell(find, base::fail(base::environment("relay_silent", "the relay does not say who else is there"))); });
  finds_[*id] = Find{std::move(told), std::move(timer)};
  kick();
}

}  // namespace ferry::client
