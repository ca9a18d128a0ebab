// What the client says: the requests of a ClientSession.

#include <algorithm>
#include <utility>

#include "protocol/wire/client_session.hpp"

namespace ferry::wire {
namespace {

base::Unexpected not_welcomed() {
  return base::fail(base::refusal("not_welcomed", "the relay has not proved who it is yet; wait for its welcome"));
}

}  // namespace

void ClientSession::open_channel(OpenChannel message) {
  if (may_send()) queue_.push_control(encode(ToRelay{std::move(message)}));
}

void ClientSession::send(VoucherMessage message) {
  if (may_send()) queue_.push_control(encode(ToRelay{std::move(message)}));
}

void ClientSession::close_channel(CloseChannel message) {
  if (may_send()) queue_.push_control(encode(ToRelay{std::move(message)}));
}

base::Result<void> ClientSession::check_may_open() const {
  if (finished_ || leaving_ || last_stream_.value == UINT32_MAX) {
    return base::fail(base::refusal("session_closing", "this session ends; ask on a new one"));
  }
  if (!welcomed()) return not_welcomed();
  if (streams_.size() >= kMaxStreams) {
    return base::fail(base::refusal("too_many_streams", "at most " + std::to_string(kMaxStreams) + " streams at once; wait for one to end"));
  }
  return {};
}

base::Result<base::StreamId> ClientSession::open_stream(Request message) {
  FERRY_CHECK(check_may_open());
  if (const auto valid = check(message); !valid) return base::fail(base::refusal("request_invalid", valid.error().message));
  last_stream_ = last_stream_.next();
  Stream& stream = streams_[last_stream_];
  stream.window = message.window;
  stream.is_witness = is_witness(message.kind);
  stream.accepted = message.accept_up_to.has_value();
  message.stream = last_stream_;
  // Each stream has its own queue, but ids still rise on the wire: a new id is above all that were served before it.
  queue_.push(last_stream_, encode(ToRelay{std::move(message)}));
  return last_stream_;
}

base::Result<base::StreamId> ClientSession::open_tunnel(OpenTunnel message) {
  FERRY_CHECK(check_may_open());
  if (const auto valid = check(message); !valid) return base::fail(base::refusal("request_invalid", valid.error().message));
  last_stream_ = last_stream_.next();
  Stream& stream = streams_[last_stream_];
  stream.is_tunnel = true;
  stream.window = message.window;
  stream.up_window = kInitialUpWindow;
  stream.accepted = message.accept_up_to.has_value();
  message.stream = last_stream_;
  queue_.push(last_stream_, encode(ToRelay{std::move(message)}));
  return last_stream_;
}

std::uint64_t ClientSession::up_window(base::StreamId stream) const {
  const auto found = streams_.find(stream);
  return found == streams_.end() || found->second.ended || found->second.cancelled ? 0 : found->second.up_window;
}

void ClientSession::send_data(base::StreamId stream, Payload payload) {
  const auto found = streams_.find(stream);
  if (found == streams_.end() || found->second.ended || found->second.cancelled) return;
  found->second.up_window -= std::min<std::uint64_t>(found->second.up_window, payload.bytes.size());
  queue_.push(stream, encode(ToRelay{TunnelData{stream, std::move(payload)}}));
}

void ClientSession::end_tunnel(base::StreamId stream, bool reset) {
  const auto found = streams_.find(stream);
  if (found == streams_.end() || found->second.cancelled || found->second.reset || (found->second.ended && !reset)) return;
  found->second.ended = true;
  found->second.reset = reset;
  queue_.push(stream, encode(ToRelay{TunnelEnd{stream, reset}}));
}

void ClientSession::accept(base::StreamId stream, const base::Salt& nonce) {
  const auto found = streams_.find(stream);
  if (found == streams_.end() || found->second.cancelled || found->second.phase == Phase::requested) return;
  if (std::exchange(found->second.accept_sent, true)) return;
  found->second.accepted = true;
  queue_.push(stream, encode(ToRelay{Accept{stream, nonce}}));
}

void ClientSession::add_window(base::StreamId stream, std::uint64_t bytes) {
  const auto found = streams_.find(stream);
  if (found == streams_.end() || found->second.cancelled) return;
  const std::uint64_t added = std::min(bytes, kMaxWindow - found->second.window);
  if (added == 0) return;
  found->second.window += added;
  queue_.push(stream, encode(ToRelay{Window{stream, added}}));
}

void ClientSession::cancel(base::StreamId stream) {
  const auto found = streams_.find(stream);
  if (found == streams_.end() || std::exchange(found->second.cancelled, true)) return;
  // Ahead of what is promised later, which would let the relay go on; behind what the stream itself still has to say.
  auto cancel = encode(ToRelay{Cancel{stream}});
  queue_.has(stream) ? queue_.push(stream, std::move(cancel)) : queue_.push_control(std::move(cancel));
}

base::Result<std::uint32_t> ClientSession::call_ledger(std::string method, std::string body) {
  if (!may_send()) return not_welcomed();
  if (calls_.size() >= kMaxLedgerCallsInFlight) {
    return base::fail(base::refusal("too_many_ledger_calls", "at most 16 ledger calls at once; wait for an answer"));
  }
  if (body.size() > kMaxLedgerBody || method.size() > kMaxText) {
    return base::fail(base::refusal("ledger_call_too_large", "a ledger call has at most 64 KiB; ask for less at once"));
  }
  calls_.insert(++last_call_);
  queue_.push_control(encode(ToRelay{LedgerCall{last_call_, std::move(method), std::move(body)}}));
  return last_call_;
}

template <typename Message>
base::Result<std::uint32_t> ClientSession::send_find(Message&& message) {
  if (!may_send()) return not_welcomed();
  if (finds_.size() >= kMaxFindsInFlight) {
    return base::fail(base::refusal("too_many_finds", "at most 4 questions about relays at once; wait for an answer"));
  }
  message.limit = std::clamp<std::uint32_t>(message.limit, 1, kMaxDescriptors);
  message.id = ++last_call_;
  finds_.insert(message.id);
  queue_.push_control(encode(ToRelay{std::forward<Message>(message)}));
  return last_call_;
}

base::Result<std::uint32_t> ClientSession::find(FindRelays message) { return send_find(std::move(message)); }

base::Result<std::uint32_t> ClientSession::find(FindHolders message) { return send_find(std::move(message)); }

void ClientSession::send_goodbye(std::string code, std::string message) {
  if (finished_) return;
  leaving_ = true;
  queue_.push_control(encode(ToRelay{Goodbye{std::move(code), std::move(message)}}));
}

}  // namespace ferry::wire
