#include "protocol/wire/client_session.hpp"

#include <utility>

namespace ferry::wire {

ClientSession::ClientSession(ClientSessionSettings settings, const base::SecretKey& key, const Exporter& exporter, base::Time now)
    : settings_(std::move(settings)), key_(key), exporter_(exporter), keep_alive_(now) {
  queue_.push_control(encode(ToRelay{Hello{{kProtocolVersion}, settings_.software}}));
}

base::Result<std::optional<ClientEvent>> ClientSession::receive(base::ByteView message, std::shared_ptr<const void> owner, base::Time now) {
  if (finished_) return base::fail(base::peer_fault("session_finished", "the session has ended; close the connection"));
  keep_alive_.heard(now);
  auto decoded = decode_to_client(message, std::move(owner));
  if (!decoded) return base::fail(fault(std::move(decoded.error().code), std::move(decoded.error().message)));
  const bool is_welcome = std::holds_alternative<Welcome>(*decoded);
  if (is_welcome == welcomed() && !std::holds_alternative<Goodbye>(*decoded)) {
    return base::fail(fault("message_order", welcomed() ? "welcome may come only once" : "welcome must come first"));
  }
  if (queue_.control_bytes() > kMaxUnreadAnswers) {
    return base::fail(fault("answers_not_read", "read the answers before asking for more"));
  }
  return std::visit([this](auto&& m) { return on(std::move(m)); }, std::move(*decoded));
}

base::Result<void> ClientSession::advance(base::Time now) {
  if (finished_) return {};
  switch (keep_alive_.check(now)) {
    case KeepAlive::Due::nothing: break;
    case KeepAlive::Due::ping: queue_.push_control(encode(ToRelay{Ping{keep_alive_.next_nonce()}})); break;
    case KeepAlive::Due::handshake_timeout: return base::fail(fault("handshake_timeout", "no welcome came in time"));
    case KeepAlive::Due::idle_timeout: return base::fail(fault("idle_timeout", "nothing came for too long"));
  }
  return {};
}

base::Time ClientSession::next_deadline() const { return keep_alive_.deadline(); }

base::Result<void> ClientSession::check_identity(const Welcome& welcome) {
  if (welcome.version != kProtocolVersion) {
    return base::fail(fault("version", "the relay chose version " + std::to_string(welcome.version) + ", which was not offered"));
  }
  if (welcome.relay != settings_.relay) {
    return base::fail(fault("relay_identity", "another relay answers: " + welcome.relay.to_eip55() + " instead of " +
                                                  settings_.relay.to_eip55() + "; check the address in the relay reference"));
  }
  const auto proved = base::check_signature(relay_proof_digest(exporter_, welcome.relay), welcome.proof, welcome.relay);
  if (!proved) {
    return base::fail(fault("relay_identity", "the relay does not prove its address inside this connection; somebody may stand between (" +
                                                  proved.error().code + ")"));
  }
  return {};
}

ClientSession::Received ClientSession::on(Welcome&& message) {
  FERRY_CHECK(check_identity(message));
  keep_alive_.handshake_done();
  const auto digest = client_proof_digest(exporter_, message.relay, key_.address());
  queue_.push_control(encode(ToRelay{Authenticate{key_.address(), key_.sign(digest)}}));
  welcome_ = message;
  return RelayWelcomed{std::move(message)};
}

ClientSession::Received ClientSession::on(ChannelState&& message) { return ClientEvent{std::move(message)}; }

ClientSession::Received ClientSession::on(VoucherRefused&& message) { return ClientEvent{std::move(message)}; }

ClientSession::Received ClientSession::on(CloseSigned&& message) { return ClientEvent{std::move(message)}; }

ClientSession::Received ClientSession::on(CloseRefused&& message) { return ClientEvent{std::move(message)}; }

base::Result<ClientSession::Stream*> ClientSession::find(base::StreamId stream, Phase first, Phase last) {
  const auto found = streams_.find(stream);
  if (found == streams_.end()) {
    return base::fail(fault("stream_unknown", "stream " + std::to_string(stream.value) + " is not open"));
  }
  const Phase phase = found->second.phase;
  if (phase < first || phase > last) {
    return base::fail(fault("message_order", "this message may not come now on stream " + std::to_string(stream.value)));
  }
  return &found->second;
}

base::Result<ClientSession::Stream*> ClientSession::find(base::StreamId stream, Phase first, Phase last, bool is_tunnel) {
  FERRY_TRY(Stream* found, find(stream, first, last));
  if (found->is_tunnel != is_tunnel) {
    return base::fail(fault("message_order", "stream " + std::to_string(stream.value) + (is_tunnel ? " is no tunnel" : " is a tunnel")));
  }
  return found;
}

template <typename Message>
ClientSession::Received ClientSession::pass_on(const Stream& stream, Message&& message) {
  if (stream.cancelled) return std::nullopt;
  return ClientEvent{std::forward<Message>(message)};
}

void ClientSession::forget(base::StreamId stream) {
  streams_.erase(stream);
  queue_.drop(stream);
}

ClientSession::Received ClientSession::on(NeedVoucher&& message) {
  FERRY_TRY(const Stream* stream, find(message.stream, Phase::requested, Phase::complete));
  return pass_on(*stream, std::move(message));
}

ClientSession::Received ClientSession::on(QuoteMessage&& message) {
  FERRY_TRY(Stream* stream, find(message.stream, Phase::requested, Phase::requested));
  stream->phase = Phase::quoted;
  return pass_on(*stream, std::move(message));
}

ClientSession::Received ClientSession::on(ManifestMessage&& message) {
  const Phase before = message.final ? Phase::body : Phase::quoted;
  FERRY_TRY(Stream* stream, find(message.stream, before, before, false));
  if (!stream->accepted) return base::fail(fault("message_order", "the quote was not accepted"));
  stream->phase = message.final ? Phase::complete : Phase::body;
  return pass_on(*stream, std::move(message));
}

ClientSession::Received ClientSession::on(Hashes&& message) {
  FERRY_TRY(const Stream* stream, find(message.stream, Phase::body, Phase::body, false));
  return pass_on(*stream, std::move(message));
}

base::Result<ClientSession::Stream*> ClientSession::take_chunk(base::StreamId id, bool is_witness, std::uint64_t bytes) {
  FERRY_TRY(Stream* stream, find(id, Phase::body, Phase::body, false));
  if (stream->is_witness != is_witness) {
    return base::fail(fault("message_order", "stream " + std::to_string(id.value) + (is_witness ? " asks for chunks" : " asks for hashes only")));
  }
  if (bytes > stream->window) {
    return base::fail(fault("window_exceeded", "the relay sent more than was asked for on stream " + std::to_string(id.value)));
  }
  stream->window -= bytes;
  return stream;
}

ClientSession::Received ClientSession::on(ChunkMessage&& message) {
  FERRY_TRY(const Stream* stream, take_chunk(message.stream, false, message.payload.bytes.size()));
  return pass_on(*stream, std::move(message));
}

ClientSession::Received ClientSession::on(Witnessed&& message) {
  FERRY_TRY(const Stream* stream, take_chunk(message.stream, true, message.bytes));
  return pass_on(*stream, std::move(message));
}

ClientSession::Received ClientSession::on(Window&& message) {
  FERRY_TRY(Stream* stream, find(message.stream, Phase::requested, Phase::complete, true));
  stream->up_window += message.bytes;
  if (stream->up_window > kMaxWindow) return base::fail(fault("window_exceeded", "the relay opens a window above 64 MiB"));
  return pass_on(*stream, std::move(message));
}

ClientSession::Received ClientSession::on(TunnelOpened&& message) {
  FERRY_TRY(Stream* stream, find(message.stream, Phase::quoted, Phase::quoted, true));
  if (!stream->accepted) return base::fail(fault("message_order", "the quote was not accepted"));
  stream->phase = Phase::body;
  return pass_on(*stream, std::move(message));
}

ClientSession::Received ClientSession::on(TunnelData&& message) {
  FERRY_TRY(Stream* stream, find(message.stream, Phase::body, Phase::body, true));
  if (message.payload.bytes.size() > stream->window) {
    return base::fail(fault("window_exceeded", "the relay sent more than was asked for on stream " + std::to_string(message.stream.value)));
  }
  stream->window -= message.payload.bytes.size();
  return pass_on(*stream, std::move(message));
}

ClientSession::Received ClientSession::on(TunnelEnd&& message) {
  FERRY_TRY(Stream* stream, find(message.stream, Phase::body, Phase::complete, true));
  // A relay that has ended its half may still reset the other one.
  if (stream->relay_reset || (stream->phase == Phase::complete && !message.reset)) {
    return base::fail(fault("message_order", "stream " + std::to_string(message.stream.value) + " was ended by the relay"));
  }
  stream->relay_reset = message.reset;
  stream->phase = Phase::complete;
  return pass_on(*stream, std::move(message));
}

ClientSession::Received ClientSession::on(TunnelMeter&& message) {
  FERRY_TRY(const Stream* stream, find(message.stream, Phase::body, Phase::complete, true));
  return pass_on(*stream, std::move(message));
}

ClientSession::Received ClientSession::on(Done&& message) {
  FERRY_TRY(const Stream* stream, find(message.stream, Phase::body, Phase::complete));
  auto event = pass_on(*stream, Done{message});
  forget(message.stream);
  return event;
}

ClientSession::Received ClientSession::on(Refused&& message) {
  FERRY_TRY(const Stream* stream, find(message.stream, Phase::requested, Phase::complete));
  const base::StreamId id = message.stream;
  auto event = pass_on(*stream, std::move(message));
  forget(id);
  return event;
}

ClientSession::Received ClientSession::on(LedgerReply&& message) {
  if (calls_.erase(message.id) == 0) {
    return base::fail(fault("ledger_reply_unknown", "ledger call " + std::to_string(message.id) + " was never made, or is answered"));
  }
  return ClientEvent{std::move(message)};
}

ClientSession::Received ClientSession::on(Relays&& message) {
  if (finds_.erase(message.id) == 0) return base::fail(fault("relays_unasked", "nobody asked for these relays, or they were told already"));
  return ClientEvent{std::move(message)};
}

ClientSession::Received ClientSession::on(Ping&& message) {
  queue_.push_control(encode(ToRelay{Pong{message.nonce}}));
  return std::nullopt;
}

ClientSession::Received ClientSession::on(Pong&& /*message*/) { return std::nullopt; }

ClientSession::Received ClientSession::on(Goodbye&& message) {
  leaving_ = true;
  return ClientEvent{RelayLeaving{std::move(message.code), std::move(message.message)}};
}

base::Error ClientSession::fault(std::string code, std::string message) {
  finished_ = true;
  streams_.clear();
  calls_.clear();
  finds_.clear();
  queue_.clear();
  queue_.push_control(encode(ToRelay{Goodbye{code, message}}));
  return base::peer_fault(std::move(code), std::move(message));
}

}  // namespace ferry::wire
