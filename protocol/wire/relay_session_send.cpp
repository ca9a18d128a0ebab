// What the relay says: the answers of a RelaySession.

#include <algorithm>
#include <utility>

#include "protocol/wire/relay_session.hpp"

namespace ferry::wire {
namespace {

/// A packed quote ends with its nonce (docs/protocol.md), so a session need not know what else is in it.
base::Salt nonce_of(base::ByteView packed_quote) {
  if (packed_quote.size() < base::Salt::size()) return base::Salt{};
  return base::Salt::from(packed_quote.last(base::Salt::size())).value_or(base::Salt{});
}

}  // namespace

template <typename Message>
void RelaySession::send_on_stream(Message&& message) {
  const base::StreamId stream = message.stream;
  if (is_open(stream)) queue_.push(stream, encode(ToClient{std::forward<Message>(message)}));
}

template <typename Message>
void RelaySession::send_last(Message&& message) {
  const base::StreamId stream = message.stream;
  send_on_stream(std::forward<Message>(message));
  streams_.erase(stream);
}

template <typename Message>
void RelaySession::send_close_answer(Message&& message) {
  if (finished_) return;
  closes_unanswered_ -= std::min<std::size_t>(closes_unanswered_, 1);
  queue_.push_control(encode(ToClient{std::forward<Message>(message)}));
}

/// Past the queue of streams: nothing else will come on this one.
void RelaySession::refuse(base::StreamId stream, std::string code, std::string message) {
  queue_.push_control(encode(ToClient{Refused{stream, base::refusal(std::move(code), std::move(message)), 0}}));
}

void RelaySession::send(ChannelState message) {
  if (finished_) return;
  channels_unanswered_ -= std::min<std::size_t>(channels_unanswered_, 1);
  queue_.push_control(encode(ToClient{std::move(message)}));
}

void RelaySession::send(VoucherRefused message) {
  if (!finished_) queue_.push_control(encode(ToClient{std::move(message)}));
}

void RelaySession::send(CloseSigned message) { send_close_answer(std::move(message)); }

void RelaySession::send(CloseRefused message) { send_close_answer(std::move(message)); }

void RelaySession::send(LedgerReply message) {
  if (finished_) return;
  ledger_calls_unanswered_ -= std::min<std::size_t>(ledger_calls_unanswered_, 1);
  queue_.push_control(encode(ToClient{std::move(message)}));
}

void RelaySession::send(Relays message) {
  if (finished_) return;
  finds_unanswered_ -= std::min<std::size_t>(finds_unanswered_, 1);
  queue_.push_control(encode(ToClient{std::move(message)}));
}

void RelaySession::send(NeedVoucher message) { send_on_stream(std::move(message)); }

void RelaySession::send(QuoteMessage message) {
  if (const auto stream = streams_.find(message.stream); stream != streams_.end()) stream->second.quote_nonce = nonce_of(message.quote);
  send_on_stream(std::move(message));
}

void RelaySession::send(ManifestMessage message) { send_on_stream(std::move(message)); }

void RelaySession::send(Hashes message) { send_on_stream(std::move(message)); }

void RelaySession::send(ChunkMessage message) {
  const auto stream = streams_.find(message.stream);
  if (stream == streams_.end()) return;
  stream->second.window -= std::min<std::uint64_t>(stream->second.window, message.payload.bytes.size());
  send_on_stream(std::move(message));
}

void RelaySession::send(Witnessed message) {
  const auto stream = streams_.find(message.stream);
  if (stream == streams_.end()) return;
  stream->second.window -= std::min<std::uint64_t>(stream->second.window, message.bytes);
  send_on_stream(std::move(message));
}

void RelaySession::send(TunnelOpened message) { send_on_stream(std::move(message)); }

void RelaySession::send(TunnelData message) {
  const auto stream = streams_.find(message.stream);
  if (stream == streams_.end()) return;
  stream->second.window -= std::min<std::uint64_t>(stream->second.window, message.payload.bytes.size());
  send_on_stream(std::move(message));
}

void RelaySession::send(TunnelEnd message) { send_on_stream(std::move(message)); }

void RelaySession::send(TunnelMeter message) { send_on_stream(std::move(message)); }

void RelaySession::send(Window message) {
  const auto stream = streams_.find(message.stream);
  if (stream == streams_.end() || !stream->second.is_tunnel || stream->second.client_ended) return;
  message.bytes = std::min(message.bytes, kMaxWindow - stream->second.up_window);
  if (message.bytes == 0) return;
  stream->second.up_window += message.bytes;
  send_on_stream(std::move(message));
}

void RelaySession::send(Done message) { send_last(std::move(message)); }

void RelaySession::send(Refused message) { send_last(std::move(message)); }

void RelaySession::send_goodbye(std::string code, std::string message) {
  if (finished_) return;
  leaving_ = true;
  queue_.push_control(encode(ToClient{Goodbye{std::move(code), std::move(message)}}));
}

bool RelaySession::is_open(base::StreamId stream) const { return streams_.count(stream) > 0; }

std::uint64_t RelaySession::window(base::StreamId stream) const {
  const auto found = streams_.find(stream);
  return found == streams_.end() ? 0 : found->second.window;
}

}  // namespace ferry::wire
