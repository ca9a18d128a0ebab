#pragma once
// The messages of protocol ferry.1: one MessagePack array per WebSocket binary message, its first element the type number. Quotes,
// manifests and channel configurations travel packed (they are signed by their own layers); everything else is spelled out here.
// docs/protocol.md is the normative text.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/base/address.hpp"
#include "protocol/base/amount.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/base/ids.hpp"
#include "protocol/base/key.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/time.hpp"

namespace ferry::wire {

/// Numbers on the wire.
enum class MessageType : std::uint8_t {
  hello = 1, welcome = 2, authenticate = 3,
  open_channel = 5, channel_state = 6, voucher = 7, voucher_refused = 8, need_voucher = 9,
  close_channel = 10, close_signed = 11, close_refused = 12,
  request = 16, accept = 17, window = 18, cancel = 19,
  quote = 20, manifest = 21, hashes = 22, chunk = 23, done = 24, refused = 25,
  open_tunnel = 26, tunnel_opened = 27, tunnel_data = 28, tunnel_end = 29, tunnel_meter = 30, witnessed = 31,
  ledger_call = 32, ledger_reply = 33,
  ping = 40, pong = 41, goodbye = 42,
  find_relays = 45, relays = 46, find_holders = 47,
};

// --- session: hello → welcome → authenticate ------------------------------------------------------------------------------------------

/// Client's first message.
struct Hello {
  std::vector<std::uint32_t> versions;
  std::string software;
};

/// Relay's first message: who it is (proved inside this TLS connection) and what it needs from a payer.
struct Welcome {
  std::uint32_t version = 0;  ///< the highest common one
  base::Address relay;
  base::Signature proof;      ///< over relay_proof_digest()
  base::Address receiver;     ///< beneficiary: ChannelConfig.receiver must be this
  std::uint64_t chain_id = 0;
  base::Address contract;
  base::Address token;
  std::uint64_t withdraw_delay = 0;  ///< seconds, what the relay asks of a channel
  base::Amount min_deposit;
  base::Hash256 policy_hash;
  base::Time now;             ///< relay's clock, for messages about skew
  std::string software;
};

/// Client's second message: whose session this is. The key is a channel's payer_authorizer.
struct Authenticate {
  base::Address key;
  base::Signature proof;  ///< over client_proof_digest()
};

/// What the two proofs sign: Keccak-256 of a domain text, both addresses as far as they are known, and the TLS exporter value
/// ("EXPORTER-Channel-Binding", 32 bytes, RFC 9266). A proof is worth nothing outside its connection.
using Exporter = base::Bytes32<struct ExporterTag>;
base::Digest relay_proof_digest(const Exporter& exporter, const base::Address& relay);
base::Digest client_proof_digest(const Exporter& exporter, const base::Address& relay, const base::Address& key);

// --- paying ------------------------------------------------------------------------------------------------------------------------------

/// Client names a channel that it will pay from; the relay reads the ledger and answers with channel_state. Sent again after a deposit.
struct OpenChannel {
  base::Bytes config;      ///< channels::pack(ChannelConfig), 137 bytes
  base::Amount confirmed;  ///< what the client has verified on this channel
};

struct ChannelState {
  base::ChannelId channel;
  bool open = false;       ///< false: `code` and `message` say why
  std::string code;
  std::string message;
  base::Amount balance;
  base::Amount total_claimed;
  base::Amount charged;
  base::Amount ceiling;
  std::optional<base::Signature> ceiling_signature;  ///< the client's own, as evidence
  std::uint32_t credit_chunks = 0;  ///< chunks that the relay delivers ahead of payment
};

struct VoucherMessage {
  base::ChannelId channel;
  base::Amount ceiling;
  base::Signature signature;
  base::Amount confirmed;
};

struct VoucherRefused {
  base::ChannelId channel;
  std::string code;
  std::string message;
  base::Amount ceiling;  ///< what stands
  base::Amount charged;
};

/// A stream waits: at least `required` must be promised.
struct NeedVoucher {
  base::ChannelId channel;
  base::StreamId stream;
  base::Amount required;
  base::Amount ceiling;
  base::Amount charged;
  base::Amount balance;
};

/// Client wants its money back at once and pays nothing more from this channel. Needs no open_channel before it.
struct CloseChannel {
  base::Bytes config;      ///< as in OpenChannel
  base::Amount confirmed;  ///< what the client has verified on this channel
  base::Amount ceiling;    ///< of the last voucher, sent again; zero: none was ever signed
  std::optional<base::Signature> signature;
};

/// The relay gives back what it has not charged: a signed Refund, which the client takes to the ledger itself. The relay sells nothing more on the
/// channel, and answers the same until the ledger has used up the nonce.
struct CloseSigned {
  base::ChannelId channel;
  std::uint64_t nonce = 0;
  base::Amount amount;
  base::Signature signature;  ///< of receiver_authorizer over channels::refund_digest()
  base::Amount ceiling;       ///< what the client has promised, as in ChannelState
  std::optional<base::Signature> ceiling_signature;
};

struct CloseRefused {
  base::ChannelId channel;
  std::string code;
  std::string message;
  base::Amount ceiling;  ///< what stands
  base::Amount charged;
};

// --- one request on a stream ---------------------------------------------------------------------------------------------------------------

enum class StreamKind : std::uint8_t {
  fetch = 0,       ///< redirects are followed by the relay
  fetch_once = 1,  ///< a redirect is the response: for browsers, which must know where they are
  witness = 2,       ///< as fetch, but of each chunk only its hash is sent: a relay's word about what another relay delivers
  witness_once = 3,  ///< the same as fetch_once
};
constexpr bool is_witness(StreamKind kind) { return kind == StreamKind::witness || kind == StreamKind::witness_once; }
constexpr bool follows_redirects(StreamKind kind) { return kind == StreamKind::fetch || kind == StreamKind::witness; }

using HeaderList = std::vector<std::pair<std::string, std::string>>;

/// Prices up to which the client accepts the quote unseen, which saves a round trip. The quote still comes, is checked and binds.
struct PriceLimit {
  base::Amount hit_per_mib;
  base::Amount miss_per_mib;
  base::Amount per_request;
};

struct Request {
  base::StreamId stream;
  StreamKind kind = StreamKind::fetch;
  base::ChannelId channel;        ///< who pays
  base::Amount confirmed;         ///< what the client has verified on it; as in VoucherMessage
  std::string method;             ///< GET or HEAD
  std::string url;
  HeaderList headers;             ///< lower-case names
  std::uint64_t first_chunk = 0;
  std::uint64_t chunk_count = UINT64_MAX;  ///< to the end
  std::string if_validator;       ///< resume: refused with "object_changed" when the object is another one now
  std::optional<PriceLimit> accept_up_to;
  std::uint64_t window = 0;       ///< bytes of chunk payload that may come before the first Window message
};
struct Accept {
  base::StreamId stream;
  base::Salt nonce;  ///< of the quote
};
/// From a client: for chunks, and for what a tunnel carries towards it. From a relay: for what a tunnel carries towards the origin.
struct Window {
  base::StreamId stream;
  std::uint64_t bytes = 0;  ///< added
};
struct Cancel {
  base::StreamId stream;
};

struct QuoteMessage {
  base::StreamId stream;
  base::Bytes quote;  ///< pricing::pack(Quote)
  base::Signature signature;
};

/// Before the body (final = false) and after it (final = true).
struct ManifestMessage {
  base::StreamId stream;
  bool final = false;
  base::Bytes manifest;  ///< content::pack(Manifest)
  base::Signature signature;
  base::Amount charge;   ///< the request fee, with the first one
  bool redelivered = false;    ///< charged before, lost with a connection; `charge` is that old charge
  base::Amount charged_after;  ///< the channel's charged sum with this charge: tells one charge of a key from another
};

/// Chunk hashes ahead of their chunks, when the relay knows the whole object.
struct Hashes {
  base::StreamId stream;
  std::uint64_t first = 0;
  std::vector<base::Hash256> hashes;
};

/// Bytes owned by somebody else (a cached chunk on the relay, the receive buffer on the client).
struct Payload {
  std::shared_ptr<const void> owner;
  base::ByteView bytes;
};

struct ChunkMessage {
  base::StreamId stream;
  base::ChunkIndex index;
  std::uint8_t source = 0;   ///< pricing::ChunkSource: 0 hit, 1 miss
  bool redelivered = false;  ///< charged before, lost with a connection; `charge` is that old charge
  base::Amount charge;
  base::Amount charged_after;  ///< as in ManifestMessage
  base::Hash256 hash;
  Payload payload;           ///< last on the wire, so that it is sent from where it lies
};

/// In place of a chunk, on the stream of a witness request: the relay has it, or had it, and sends its hash only.
struct Witnessed {
  base::StreamId stream;
  base::ChunkIndex index;
  std::uint32_t bytes = 0;   ///< of the chunk, which is taken from the window as if it had been sent
  std::uint8_t source = 0;   ///< as in ChunkMessage
  bool redelivered = false;
  base::Amount charge;
  base::Amount charged_after;
  base::Hash256 hash;
};

struct Done {
  base::StreamId stream;
};

/// Ends a stream without (further) result. Kinds as base::ErrorKind.
struct Refused {
  base::StreamId stream;
  base::Error error;
  std::uint32_t retry_after_seconds = 0;  ///< 0: do not retry unchanged
};

// --- one tunnel on a stream: opaque bytes to host:port, metered both ways; quote, accept, window, cancel, done and refused as for a request ---

/// Prices up to which the client accepts a tunnel's quote unseen; as PriceLimit.
struct TunnelLimit {
  base::Amount down_per_mib;
  base::Amount up_per_mib;
  base::Amount per_request;
};

struct OpenTunnel {
  base::StreamId stream;
  base::ChannelId channel;  ///< who pays
  base::Amount confirmed;   ///< as in Request
  std::string host;         ///< a name, or an address without brackets; resolved by the relay; not empty
  std::uint16_t port = 0;
  std::optional<TunnelLimit> accept_up_to;
  std::uint64_t window = 0; ///< bytes that may come before the first Window message
};

/// The relay has connected.
struct TunnelOpened {
  base::StreamId stream;
};

/// Bytes of the tunnel, in order. A client may send the first kInitialUpWindow of them behind open_tunnel, before anything has come back.
struct TunnelData {
  base::StreamId stream;
  Payload payload;  ///< last on the wire, so that it is sent from where it lies
};

/// The sender has no more bytes; with `reset` it wants no more either, and what is under way may be lost.
struct TunnelEnd {
  base::StreamId stream;
  bool reset = false;
};

/// The relay has charged what was carried since the last one, durably. Sums are of the whole tunnel.
struct TunnelMeter {
  base::StreamId stream;
  std::uint64_t down_bytes = 0;
  std::uint64_t up_bytes = 0;
  base::Amount charge;         ///< the first one holds the fee per request
  base::Amount charged_after;  ///< as in ManifestMessage
};

// --- the rest --------------------------------------------------------------------------------------------------------------------------------

/// A call to the relay's ledger (embedded, or the one that it uses): method and JSON body as in docs/ledger.md.
struct LedgerCall {
  std::uint32_t id = 0;
  std::string method;
  std::string body;
};
struct LedgerReply {
  std::uint32_t id = 0;
  std::string body;
};

/// Who else is there? Answered by Relays.
struct FindRelays {
  std::uint32_t id = 0;
  std::string region;       ///< as in their descriptors; empty: any
  std::uint32_t limit = 0;  ///< at most so many
};
/// Who holds and sells this object? Answered by Relays, perhaps after a search of seconds.
struct FindHolders {
  std::uint32_t id = 0;
  base::Hash256 root;
  std::uint32_t limit = 0;
};
/// Signed descriptors (protocol/discovery), which the relay passes on as they are. Nobody promises that there are no others.
struct Relays {
  std::uint32_t id = 0;     ///< of the question
  std::vector<base::Bytes> descriptors;
};

struct Ping { std::uint64_t nonce = 0; };
struct Pong { std::uint64_t nonce = 0; };
/// The sender closes soon: draining, a fault that it found, or the end. No new stream is accepted after it.
struct Goodbye {
  std::string code;
  std::string message;
};

using ToRelay = std::variant<Hello, Authenticate, OpenChannel, VoucherMessage, CloseChannel, Request, Accept, Window, Cancel, OpenTunnel,
                             TunnelData, TunnelEnd, LedgerCall, FindRelays, FindHolders, Ping, Pong, Goodbye>;
using ToClient = std::variant<Welcome, ChannelState, VoucherRefused, NeedVoucher, CloseSigned, CloseRefused, QuoteMessage, ManifestMessage, Hashes,
                              ChunkMessage, Witnessed, Done, Refused, Window, TunnelOpened, TunnelData, TunnelEnd, TunnelMeter, LedgerReply, Relays,
                              Ping, Pong, Goodbye>;

/// One message to be sent: `head` then `payload` (empty but for chunks and tunnels), as one WebSocket binary message, without copying the payload.
struct OutMessage {
  base::Bytes head;
  Payload payload;
  std::size_t size() const { return head.size() + payload.bytes.size(); }
};

/// What a peer would refuse is the sender's bug, except the length of texts for people: those are cut and made printable here.
OutMessage encode(const ToRelay& message);
OutMessage encode(const ToClient& message);

/// What a decoder asks of a request beyond the limits of its fields: a method and lower-case header names that are tokens, header values
/// without control characters, sums within limits.hpp. For a client that wants to know before it sends. Error: peer_fault "message_field".
base::Result<void> check(const Request& request);
/// The same for a tunnel: that host and port are there, and within limits.hpp. Whether the host is one is for the relay to find out.
base::Result<void> check(const OpenTunnel& message);

/// Strict decoding of one whole message. Errors: peer_fault "message_too_large", "message_type" (unknown or not for this side),
/// "pack_…", "message_field" (a value out of its range). Signatures are only measured here: whoever checks one refuses it by reason. A tunnel's
/// payload views into `message`.
base::Result<ToRelay> decode_to_relay(base::ByteView message);
/// A payload views into `message`; `owner` keeps it alive (may be null when the caller keeps it).
base::Result<ToClient> decode_to_client(base::ByteView message, std::shared_ptr<const void> owner);

}  // namespace ferry::wire
