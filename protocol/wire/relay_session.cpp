#include "protocol/wire/relay_session.hpp"

#include <algorithm>
#include <utility>

namespace ferry::wire {
namespace {

std::string versions_text(const std::vector<std::uint32_t>& versions) {
  std::string out;
  for (const std::uint32_t version : versions) out += (out.empty() ? "" : ", ") + std::to_string(version);
  return out;
}

std::string number(base::StreamId stream) { return "stream " + std::to_string(stream.value); }

}  // namespace

RelaySession::RelaySession(RelaySessionSettings settings, const base::SecretKey& identity, const Exporter& exporter, base::Time now)
    : settings_(std::move(settings)), identity_(identity), exporter_(exporter), keep_alive_(now) {}

base::Result<std::optional<RelayEvent>> RelaySession::receive(base::ByteView message, base::Time now) {
  if (finished_) return base::fail(base::peer_fault("session_finished", "the session has ended; close the connection"));
  keep_alive_.heard(now);
  auto decoded = decode_to_relay(message);
  if (!decoded) return base::fail(fault(std::move(decoded.error().code), std::move(decoded.error().message)));
  if (!is_expected(*decoded)) {
    const auto* missing = !welcomed_ ? "hello must come first" : !authenticated_ ? "authenticate must come first" : "it may come only once";
    return base::fail(fault("message_order", missing));
  }
  if (queue_.control_bytes() > kMaxUnreadAnswers) {
    return base::fail(fault("answers_not_read", "read the answers before asking for more"));
  }
  return std::visit([this](auto&& m) { return on(std::move(m)); }, std::move(*decoded));
}

/// The order of the session, apart from streams.
bool RelaySession::is_expected(const ToRelay& message) const {
  const bool is_hello = std::holds_alternative<Hello>(message);
  const bool is_authenticate = std::holds_alternative<Authenticate>(message);
  if (!welcomed_) return is_hello;
  if (std::holds_alternative<Goodbye>(message)) return true;
  if (!authenticated_) return is_authenticate;
  return !is_hello && !is_authenticate;
}

base::Result<void> RelaySession::advance(base::Time now) {
  if (finished_) return {};
  switch (keep_alive_.check(now)) {
    case KeepAlive::Due::nothing: break;
    case KeepAlive::Due::ping: queue_.push_control(encode(ToClient{Ping{keep_alive_.next_nonce()}})); break;
    case KeepAlive::Due::handshake_timeout: return base::fail(fault("handshake_timeout", "no authenticate came in time"));
    case KeepAlive::Due::idle_timeout: return base::fail(fault("idle_timeout", "nothing came for too long"));
  }
  return {};
}

base::Time RelaySession::next_deadline() const { return keep_alive_.deadline(); }

RelaySession::Received RelaySession::on(Hello&& message) {
  if (std::find(message.versions.begin(), message.versions.end(), kProtocolVersion) == message.versions.end()) {
    return base::fail(fault("version", "this relay speaks version " + std::to_string(kProtocolVersion) + ", not " +
                                           versions_text(message.versions) + "; update the older side"));
  }
  welcomed_ = true;
  Welcome welcome = settings_.welcome;
  welcome.version = kProtocolVersion;
  welcome.proof = identity_.sign(relay_proof_digest(exporter_, welcome.relay));
  welcome.now = keep_alive_.last_heard();
  queue_.push_control(encode(ToClient{std::move(welcome)}));
  return std::nullopt;
}

RelaySession::Received RelaySession::on(Authenticate&& message) {
  const auto digest = client_proof_digest(exporter_, settings_.welcome.relay, message.key);
  if (const auto proved = base::check_signature(digest, message.proof, message.key); !proved) {
    return base::fail(fault("client_identity", "the proof was not made by the key for this connection: " + proved.error().message));
  }
  authenticated_ = true;
  client_key_ = message.key;
  keep_alive_.handshake_done();
  return ClientAuthenticated{message.key};
}

RelaySession::Received RelaySession::on(OpenChannel&& message) {
  const bool known = std::find(channels_named_.begin(), channels_named_.end(), message.config) != channels_named_.end();
  if ((!known && channels_named_.size() == kMaxChannelsPerSession) || channels_unanswered_ == kMaxChannelsPerSession) {
    return base::fail(fault("too_many_channels", "a session names at most 8 channels, and asks for 8 states at a time"));
  }
  if (!known) channels_named_.push_back(message.config);
  ++channels_unanswered_;
  return ChannelNamed{std::move(message)};
}

RelaySession::Received RelaySession::on(VoucherMessage&& message) { return VoucherCame{std::move(message)}; }

RelaySession::Received RelaySession::on(CloseChannel&& message) {
  if (closes_unanswered_ == kMaxChannelsPerSession) {
    return base::fail(fault("too_many_channels", "a session asks to close 8 channels at a time"));
  }
  ++closes_unanswered_;
  return CloseAsked{std::move(message)};
}

base::Result<RelaySession::Stream*> RelaySession::admit(base::StreamId id, std::uint64_t window) {
  if (id <= highest_stream_) return base::fail(fault("stream_order", number(id) + " is not above " + number(highest_stream_)));
  highest_stream_ = id;
  if (leaving_) {
    refuse(id, "session_closing", "this session ends; ask on a new one");
    return nullptr;
  }
  if (occupied_streams() >= settings_.max_streams) {
    refuse(id, "too_many_streams", "at most " + std::to_string(settings_.max_streams) + " streams at once; wait for one to end");
    return nullptr;
  }
  Stream& stream = streams_[id];
  stream.window = window;
  return &stream;
}

RelaySession::Received RelaySession::on(Request&& message) {
  FERRY_TRY(const Stream* stream, admit(message.stream, message.window));
  if (stream == nullptr) return std::nullopt;
  return RequestCame{std::move(message)};
}

RelaySession::Received RelaySession::on(OpenTunnel&& message) {
  FERRY_TRY(Stream* stream, admit(message.stream, message.window));
  if (stream == nullptr) return std::nullopt;
  stream->is_tunnel = true;
  stream->up_window = kInitialUpWindow;
  return TunnelAsked{std::move(message)};
}

RelaySession::Received RelaySession::on(TunnelData&& message) {
  FERRY_TRY(Stream* stream, find(message.stream));
  if (stream == nullptr) return std::nullopt;
  if (!stream->is_tunnel || stream->client_ended) {
    return base::fail(fault("message_order", number(message.stream) + (stream->is_tunnel ? " was ended by the client" : " is no tunnel")));
  }
  const auto bytes = message.payload.bytes;
  if (bytes.size() > stream->up_window) {
    return base::fail(fault("window_exceeded", "the client sent more than was asked for on " + number(message.stream)));
  }
  stream->up_window -= bytes.size();
  return TunnelDataCame{message.stream, bytes};
}

RelaySession::Received RelaySession::on(TunnelEnd&& message) {
  FERRY_TRY(Stream* stream, find(message.stream));
  if (stream == nullptr) return std::nullopt;
  // A client that has ended its half may still reset the other one.
  if (!stream->is_tunnel || stream->client_reset || (stream->client_ended && !message.reset)) {
    return base::fail(fault("message_order", number(message.stream) + (stream->is_tunnel ? " was ended by the client" : " is no tunnel")));
  }
  stream->client_ended = true;
  stream->client_reset = message.reset;
  return TunnelEndCame{message.stream, message.reset};
}

base::Result<RelaySession::Stream*> RelaySession::find(base::StreamId stream) {
  if (stream > highest_stream_) return base::fail(fault("stream_unknown", number(stream) + " was never opened"));
  const auto found = streams_.find(stream);
  return found == streams_.end() ? nullptr : &found->second;
}

RelaySession::Received RelaySession::on(Accept&& message) {
  FERRY_TRY(Stream* stream, find(message.stream));
  if (stream == nullptr) return std::nullopt;
  if (!stream->quote_nonce || stream->accepted) return base::fail(fault("message_order", number(message.stream) + " has no open quote"));
  if (*stream->quote_nonce != message.nonce) return base::fail(fault("quote_nonce", number(message.stream) + " was offered another quote"));
  stream->accepted = true;
  return QuoteAccepted{message.stream, message.nonce};
}

RelaySession::Received RelaySession::on(Window&& message) {
  FERRY_TRY(Stream* stream, find(message.stream));
  if (stream == nullptr) return std::nullopt;
  if (message.bytes > kMaxWindow - stream->window) {
    return base::fail(fault("window_exceeded", "the window of " + number(message.stream) + " would be above 64 MiB"));
  }
  // Not only zero: a sender may wait for the rest of a chunk.
  const bool was_short = stream->window < kMaxChunkPayload;
  stream->window += message.bytes;
  return was_short ? std::optional<RelayEvent>{WindowOpened{message.stream}} : std::nullopt;
}

RelaySession::Received RelaySession::on(Cancel&& message) {
  FERRY_TRY(const Stream* stream, find(message.stream));
  const bool was_open = stream != nullptr;
  if (!was_open && !queue_.has(message.stream)) return std::nullopt;
  // An ended stream whose last messages still wait is cut short in the same way: the client wants none of them.
  streams_.erase(message.stream);
  queue_.drop(message.stream);
  refuse(message.stream, "cancelled", "cancelled as asked");
  return was_open ? std::optional<RelayEvent>{StreamCancelled{message.stream}} : std::nullopt;
}

RelaySession::Received RelaySession::on(LedgerCall&& message) {
  if (ledger_calls_unanswered_ == kMaxLedgerCallsInFlight) {
    return base::fail(fault("too_many_ledger_calls", "at most 16 ledger calls at once; wait for an answer"));
  }
  ++ledger_calls_unanswered_;
  return LedgerCalled{std::move(message)};
}

base::Result<void> RelaySession::count_find() {
  if (finds_unanswered_ == kMaxFindsInFlight) {
    return base::fail(fault("too_many_finds", "at most 4 questions about relays at once; wait for an answer"));
  }
  ++finds_unanswered_;
  return {};
}

RelaySession::Received RelaySession::on(FindRelays&& message) {
  FERRY_CHECK(count_find());
  return RelaysAsked{std::move(message)};
}

RelaySession::Received RelaySession::on(FindHolders&& message) {
  FERRY_CHECK(count_find());
  return HoldersAsked{std::move(message)};
}

RelaySession::Received RelaySession::on(Ping&& message) {
  queue_.push_control(encode(ToClient{Pong{message.nonce}}));
  return std::nullopt;
}

RelaySession::Received RelaySession::on(Pong&& /*message*/) { return std::nullopt; }

RelaySession::Received RelaySession::on(Goodbye&& message) {
  leaving_ = true;
  return PeerLeaving{std::move(message.code), std::move(message.message)};
}

std::size_t RelaySession::occupied_streams() const {
  const auto waiting = std::count_if(streams_.begin(), streams_.end(), [this](const auto& entry) { return queue_.has(entry.first); });
  return streams_.size() + queue_.stream_count() - static_cast<std::size_t>(waiting);
}

base::Error RelaySession::fault(std::string code, std::string message) {
  finished_ = true;
  streams_.clear();
  queue_.clear();
  queue_.push_control(encode(ToClient{Goodbye{code, message}}));
  return base::peer_fault(std::move(code), std::move(message));
}

}  // namespace ferry::wire
