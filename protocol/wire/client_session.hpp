#pragma once
// ClientSession: the client's half of protocol ferry.1, without socket or clock; the mirror of RelaySession. It checks the relay's identity
// before anything else happens, and that every message belongs to a stream that asked for it. Threads: none; one owner.

#include <cstdint>
#include <optional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <variant>

#include "protocol/base/key.hpp"
#include "protocol/base/time.hpp"
#include "protocol/wire/keep_alive.hpp"
#include "protocol/wire/limits.hpp"
#include "protocol/wire/messages.hpp"
#include "protocol/wire/send_queue.hpp"

namespace ferry::wire {

struct ClientSessionSettings {
  base::Address relay;   ///< who must answer; anybody else is refused before authenticate is sent
  std::string software;
};

struct RelayWelcomed { Welcome welcome; };  ///< identity proved; authenticate is on its way; streams may be opened
struct RelayLeaving { std::string code; std::string message; };
/// Stream and channel messages are passed on as they are, once they are in order.
using ClientEvent = std::variant<RelayWelcomed, ChannelState, VoucherRefused, NeedVoucher, CloseSigned, CloseRefused, QuoteMessage, ManifestMessage,
                                 Hashes, ChunkMessage, Witnessed, Done, Refused, Window, TunnelOpened, TunnelData, TunnelEnd, TunnelMeter, LedgerReply,
                                 Relays, RelayLeaving>;

class ClientSession {
 public:
  /// `key`: the session key that authenticates; outlives the session. Queues Hello.
  ClientSession(ClientSessionSettings settings, const base::SecretKey& key, const Exporter& exporter, base::Time now);

  /// One whole message; `owner` keeps a chunk's payload alive. Gives zero or one event. Errors (peer_fault) finish the session, with a Goodbye
  /// queued in place of all else: "relay_identity" (wrong address or proof), "version", "message_order" (not in this state of the session or
  /// of its stream), "stream_unknown" (never opened, or ended), "window_exceeded", "ledger_reply_unknown", "relays_unasked", "answers_not_read",
  /// "session_finished", and those of decode_to_client().
  base::Result<std::optional<ClientEvent>> receive(base::ByteView message, std::shared_ptr<const void> owner, base::Time now);
  /// Timeouts and pings. Errors as receive(): "handshake_timeout", "idle_timeout".
  base::Result<void> advance(base::Time now);
  /// When advance() wants to be called next.
  base::Time next_deadline() const;

  // Nothing is sent to a relay that has not proved who it is: before welcomed(), and after an error, these do nothing.
  void open_channel(OpenChannel message);
  void send(VoucherMessage message);
  void close_channel(CloseChannel message);
  /// Opens a stream; fills in `stream` and gives it. Refusals: "not_welcomed", "session_closing", "too_many_streams", "request_invalid" (see
  /// check(Request)).
  base::Result<base::StreamId> open_stream(Request message);
  /// The same for a tunnel, by check(OpenTunnel); its data may follow at once.
  base::Result<base::StreamId> open_tunnel(OpenTunnel message);
  /// What send_data() may still send into a tunnel; 0 when it has ended. Units: bytes.
  std::uint64_t up_window(base::StreamId stream) const;
  // Those on a stream do nothing when it has ended.
  /// `payload.owner` keeps the bytes alive until they are sent. Precondition: not empty, at most kMaxUpPayload and up_window().
  void send_data(base::StreamId stream, Payload payload);
  /// Nothing more will be sent into the tunnel; with `reset` nothing more is wanted from it. The relay ends the stream after its last meter.
  void end_tunnel(base::StreamId stream, bool reset);
  /// Once per stream, after its quote.
  void accept(base::StreamId stream, const base::Salt& nonce);
  /// At most kMaxWindow is open at a time; more is cut.
  void add_window(base::StreamId stream, std::uint64_t bytes);
  /// Gives up a stream. The relay ends it with Refused "cancelled"; what was under way until then gives no events, nor does that Refused.
  void cancel(base::StreamId stream);
  /// Gives the id that the LedgerReply will bear. Refusals: "not_welcomed", "too_many_ledger_calls", "ledger_call_too_large".
  base::Result<std::uint32_t> call_ledger(std::string method, std::string body);
  /// Give the id that the answer (Relays) will bear; `id` is filled in, `limit` at most kMaxDescriptors. Refusals: "not_welcomed", "too_many_finds".
  base::Result<std::uint32_t> find(FindRelays message);
  base::Result<std::uint32_t> find(FindHolders message);
  /// No stream is opened after it.
  void send_goodbye(std::string code, std::string message);

  bool welcomed() const { return welcome_.has_value(); }
  const std::optional<Welcome>& welcome() const { return welcome_; }
  std::size_t open_streams() const { return streams_.size(); }
  std::optional<OutMessage> next_message() { return queue_.pop(); }
  bool has_messages() const { return !queue_.empty(); }
  /// What waits to be sent on a stream. Units: bytes.
  std::size_t queued_bytes(base::StreamId stream) const { return queue_.queued_bytes(stream); }
  bool finished() const { return finished_; }

 private:
  using Received = base::Result<std::optional<ClientEvent>>;
  /// What may come next on a stream.
  enum class Phase { requested, quoted, body, complete };  // of a tunnel: body once it is open, complete when the relay has ended its half
  struct Stream {
    std::uint64_t window = 0;
    Phase phase = Phase::requested;
    bool accepted = false;     ///< by accept(), or unseen by accept_up_to
    bool accept_sent = false;  ///< once is enough
    bool cancelled = false;    ///< messages already under way are dropped until done or refused
    bool is_tunnel = false;
    bool is_witness = false;   ///< hashes come in place of chunks
    bool ended = false;           ///< of a tunnel: we have nothing more to send
    bool reset = false;           ///< of a tunnel: we want nothing more
    bool relay_reset = false;     ///< of a tunnel: the relay wants nothing more
    std::uint64_t up_window = 0;  ///< of a tunnel
  };

  Received on(Welcome&& message);
  Received on(ChannelState&& message);
  Received on(VoucherRefused&& message);
  Received on(CloseSigned&& message);
  Received on(CloseRefused&& message);
  Received on(NeedVoucher&& message);
  Received on(QuoteMessage&& message);
  Received on(ManifestMessage&& message);
  Received on(Hashes&& message);
  Received on(ChunkMessage&& message);
  Received on(Witnessed&& message);
  Received on(Done&& message);
  Received on(Refused&& message);
  Received on(Window&& message);
  Received on(TunnelOpened&& message);
  Received on(TunnelData&& message);
  Received on(TunnelEnd&& message);
  Received on(TunnelMeter&& message);
  Received on(LedgerReply&& message);
  Received on(Relays&& message);
  Received on(Ping&& message);
  Received on(Pong&& message);
  Received on(Goodbye&& message);

  /// The stream of a message, if it may come now: in one of the phases from `first` to `last`.
  base::Result<Stream*> find(base::StreamId stream, Phase first, Phase last);
  /// The same for messages that only one kind of stream has.
  base::Result<Stream*> find(base::StreamId stream, Phase first, Phase last, bool is_tunnel);
  /// Takes a chunk's bytes, sent or not, from the window of its stream. Errors: "message_order" (for the other kind), "window_exceeded".
  base::Result<Stream*> take_chunk(base::StreamId stream, bool is_witness, std::uint64_t bytes);
  /// Whether a stream may be opened now.
  base::Result<void> check_may_open() const;
  template <typename Message>
  Received pass_on(const Stream& stream, Message&& message);
  /// The relay has ended it: what we still had to say on it is in vain.
  void forget(base::StreamId stream);
  template <typename Message>
  base::Result<std::uint32_t> send_find(Message&& message);
  base::Result<void> check_identity(const Welcome& welcome);
  bool may_send() const { return welcomed() && !finished_; }
  base::Error fault(std::string code, std::string message);

  ClientSessionSettings settings_;
  const base::SecretKey& key_;
  Exporter exporter_;
  KeepAlive keep_alive_;
  std::optional<Welcome> welcome_;
  bool finished_ = false;
  bool leaving_ = false;  ///< one of the sides said goodbye
  base::StreamId last_stream_;
  std::uint32_t last_call_ = 0;
  std::unordered_set<std::uint32_t> calls_;  ///< not answered yet
  std::unordered_set<std::uint32_t> finds_;  ///< the same for questions about relays
  std::unordered_map<base::StreamId, Stream> streams_;
  SendQueue queue_;
};

}  // namespace ferry::wire
