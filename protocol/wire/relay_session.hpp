#pragma once
// RelaySession: the relay's half of protocol ferry.1, without socket or clock. Feed it whole WebSocket messages and the time; take events and
// outgoing messages from it. It knows handshake order, stream states and flow control; it knows nothing of prices, money rules or content.
// Threads: none; one owner.

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "protocol/base/key.hpp"
#include "protocol/base/time.hpp"
#include "protocol/wire/keep_alive.hpp"
#include "protocol/wire/limits.hpp"
#include "protocol/wire/messages.hpp"
#include "protocol/wire/send_queue.hpp"

namespace ferry::wire {

struct RelaySessionSettings {
  Welcome welcome;  ///< `version`, `proof` and `now` are filled in by the session
  std::size_t max_streams = kMaxStreams;
};

// What happened, in the order in which it happened. Messages that need no answer from above (ping, window) are handled inside.
struct ClientAuthenticated { base::Address key; };
struct ChannelNamed { OpenChannel message; };
struct VoucherCame { VoucherMessage message; };
struct CloseAsked { CloseChannel message; };
struct RequestCame { Request message; };
struct QuoteAccepted { base::StreamId stream; base::Salt nonce; };
struct StreamCancelled { base::StreamId stream; };
struct TunnelAsked { OpenTunnel message; };
struct TunnelDataCame { base::StreamId stream; base::ByteView bytes; };  ///< views into the message that was received
struct TunnelEndCame { base::StreamId stream; bool reset = false; };
struct LedgerCalled { LedgerCall message; };
struct RelaysAsked { FindRelays message; };
struct HoldersAsked { FindHolders message; };
struct WindowOpened { base::StreamId stream; };  ///< a stream whose window was below a chunk has more again
struct PeerLeaving { std::string code; std::string message; };
using RelayEvent = std::variant<ClientAuthenticated, ChannelNamed, VoucherCame, CloseAsked, RequestCame, QuoteAccepted, StreamCancelled,
                                TunnelAsked, TunnelDataCame, TunnelEndCame, LedgerCalled, RelaysAsked, HoldersAsked, WindowOpened, PeerLeaving>;

class RelaySession {
 public:
  /// `identity` signs the exporter proof and outlives the session.
  RelaySession(RelaySessionSettings settings, const base::SecretKey& identity, const Exporter& exporter, base::Time now);

  /// One whole message. Gives zero or one event. On error (always peer_fault) the session is finished: all that was queued is dropped, a
  /// Goodbye that names the fault takes its place; send it and close. Codes: "message_order" (not in this state), "version",
  /// "client_identity", "stream_order" (an id that is not above the last), "stream_unknown" (never opened), "quote_nonce", "window_exceeded",
  /// "too_many_channels", "too_many_ledger_calls", "too_many_finds", "answers_not_read", "session_finished", and those of decode_to_relay().
  base::Result<std::optional<RelayEvent>> receive(base::ByteView message, base::Time now);

  /// Timeouts and pings. Errors as receive(): "handshake_timeout", "idle_timeout".
  base::Result<void> advance(base::Time now);
  /// When advance() wants to be called next.
  base::Time next_deadline() const;

  // Answers. Those on a stream are ignored when the stream is gone (the client cancelled while we worked: it got Refused "cancelled" at
  // once, and what was queued for the stream was dropped). One quote per stream; its nonce is the packed quote's last 32 bytes.
  void send(ChannelState message);
  void send(VoucherRefused message);
  void send(CloseSigned message);
  void send(CloseRefused message);
  void send(NeedVoucher message);
  void send(QuoteMessage message);
  void send(ManifestMessage message);
  void send(Hashes message);
  /// Precondition: window(stream) >= payload size. Takes it from the window.
  void send(ChunkMessage message);
  /// Precondition: window(stream) >= the chunk's size. Takes it from the window.
  void send(Witnessed message);
  void send(TunnelOpened message);
  /// Precondition: window(stream) >= payload size. Takes it from the window.
  void send(TunnelData message);
  void send(TunnelEnd message);
  void send(TunnelMeter message);
  /// Opens the client's window into a tunnel further. At most kMaxWindow is open at a time; more is cut.
  void send(Window message);
  void send(LedgerReply message);
  void send(Relays message);
  /// Ends the stream, after what is queued for it.
  void send(Done message);
  void send(Refused message);
  /// No new streams; running ones go on.
  void send_goodbye(std::string code, std::string message);

  bool is_open(base::StreamId stream) const;
  std::uint64_t window(base::StreamId stream) const;
  /// What waits to be sent on a stream. Units: bytes.
  std::size_t queued_bytes(base::StreamId stream) const { return queue_.queued_bytes(stream); }
  std::size_t open_streams() const { return streams_.size(); }
  bool authenticated() const { return authenticated_; }
  const base::Address& client_key() const { return client_key_; }

  /// The next message to write, in fair order; nullopt when there is none.
  std::optional<OutMessage> next_message() { return queue_.pop(); }
  bool has_messages() const { return !queue_.empty(); }
  std::size_t queued_bytes() const { return queue_.queued_bytes(); }
  /// Finished: nothing more is accepted; close after the queue is written.
  bool finished() const { return finished_; }

 private:
  using Received = base::Result<std::optional<RelayEvent>>;
  struct Stream {
    std::uint64_t window = 0;
    std::optional<base::Salt> quote_nonce;  ///< once quoted
    bool accepted = false;
    bool is_tunnel = false;
    bool client_ended = false;    ///< of a tunnel: nothing more comes from the client
    bool client_reset = false;    ///< of a tunnel: nor does it want more
    std::uint64_t up_window = 0;  ///< of a tunnel: what the client may still send
  };

  Received on(Hello&& message);
  Received on(Authenticate&& message);
  Received on(OpenChannel&& message);
  Received on(VoucherMessage&& message);
  Received on(CloseChannel&& message);
  Received on(Request&& message);
  Received on(Accept&& message);
  Received on(Window&& message);
  Received on(Cancel&& message);
  Received on(OpenTunnel&& message);
  Received on(TunnelData&& message);
  Received on(TunnelEnd&& message);
  Received on(LedgerCall&& message);
  Received on(FindRelays&& message);
  Received on(FindHolders&& message);
  Received on(Ping&& message);
  Received on(Pong&& message);
  Received on(Goodbye&& message);

  /// Null for a message on a stream that ended meanwhile, an error for one that was never opened.
  base::Result<Stream*> find(base::StreamId stream);
  /// A request or a tunnel is asked for: null when it was refused.
  base::Result<Stream*> admit(base::StreamId stream, std::uint64_t window);
  /// Open streams, and ended ones that still have something queued.
  std::size_t occupied_streams() const;
  /// One more question about relays waits for its answer.
  base::Result<void> count_find();
  bool is_expected(const ToRelay& message) const;
  void refuse(base::StreamId stream, std::string code, std::string message);
  template <typename Message>
  void send_on_stream(Message&& message);
  template <typename Message>
  void send_last(Message&& message);
  template <typename Message>
  void send_close_answer(Message&& message);
  base::Error fault(std::string code, std::string message);

  RelaySessionSettings settings_;
  const base::SecretKey& identity_;
  Exporter exporter_;
  KeepAlive keep_alive_;
  bool welcomed_ = false;
  bool authenticated_ = false;
  bool finished_ = false;
  bool leaving_ = false;  ///< one of the sides said goodbye
  base::Address client_key_;
  base::StreamId highest_stream_;
  std::vector<base::Bytes> channels_named_;
  std::size_t channels_unanswered_ = 0;
  std::size_t closes_unanswered_ = 0;
  std::size_t ledger_calls_unanswered_ = 0;
  std::size_t finds_unanswered_ = 0;
  std::unordered_map<base::StreamId, Stream> streams_;
  SendQueue queue_;
};

}  // namespace ferry::wire
