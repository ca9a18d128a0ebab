#include "client/relays/session.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace ferry::client {

Session::Session(Loop& loop, wire::ClientSessionSettings settings, const base::SecretKey& key, Clock clock, SessionListener& listener,
                 const MakeLink& make_link)
    : settings_(std::move(settings)), key_(key), clock_(std::move(clock)), listener_(listener), link_(make_link(*this)), timer_(loop), loop_(loop) {}

Session::~Session() = default;

void Session::on_open(const wire::Exporter& exporter) {
  protocol_ = std::make_unique<wire::ClientSession>(settings_, key_, exporter, clock_());
  hello_at_ = uv_hrtime();
  keep_time();
  send_queued();
}

void Session::on_message(ReceivedMessage message) {
  if (ended_) return;
  receiving_ = true;
  const std::size_t bytes = message.bytes.size();
  auto event = protocol_->receive(message.bytes, std::move(message.owner), clock_());
  if (!event) {
    finish(std::move(event).error());
  } else if (*event) {
    dispatch(std::move(**event), bytes);
  }
  receiving_ = false;
}

void Session::on_idle() {
  send_queued();
  if (!ended_ && !link_->is_full()) tell_room();
}

void Session::on_closed(base::Error error) { finish(std::move(error)); }

void Session::keep_time() {
  if (ended_) return;
  if (auto kept = protocol_->advance(clock_()); !kept) return finish(std::move(kept).error());
  const auto wait = std::clamp(protocol_->next_deadline() - clock_(), base::Duration{50}, base::Duration{60'000});
  timer_.start(wait, [this] { keep_time(); });
  kick();
}

void Session::dispatch(wire::ClientEvent event, std::size_t bytes) {
  std::visit([this, bytes](auto&& came) { on(std::forward<decltype(came)>(came), bytes); }, std::move(event));
}

void Session::on(wire::RelayWelcomed&& came, std::size_t /*bytes*/) {
  latency_ms_ = (uv_hrtime() - hello_at_) / 1'000'000;
  listener_.on_welcome(came.welcome);
}

void Session::on(wire::ChannelState&& came, std::size_t /*bytes*/) { listener_.on_channel_state(std::move(came)); }

void Session::on(wire::VoucherRefused&& came, std::size_t /*bytes*/) { listener_.on_voucher_refused(std::move(came)); }

void Session::on(wire::NeedVoucher&& came, std::size_t bytes) {
  auto* stream = find(came.stream, bytes);
  if (stream == nullptr) return;
  stream->on_credit_wait(came.required);  // first: who leaves now does so before more is promised
  listener_.on_need_voucher(std::move(came));
}

void Session::on(wire::CloseSigned&& came, std::size_t /*bytes*/) { answer(came.channel, std::move(came)); }

void Session::on(wire::CloseRefused&& came, std::size_t /*bytes*/) {
  answer(came.channel, base::fail(base::refusal(base::printable(came.code, 60), base::printable(came.message))));
}

void Session::answer(const base::ChannelId& channel, base::Result<wire::CloseSigned> agreed) {
  auto closing = closing_.extract(channel);
  if (!closing.empty()) closing.mapped().reply(std::move(agreed));
}

void Session::on(wire::LedgerReply&& came, std::size_t /*bytes*/) { answer(came.id, std::move(came.body)); }

void Session::answer(std::uint32_t id, base::Result<std::string> body) {
  auto call = calls_.extract(id);
  if (!call.empty()) call.mapped().reply(std::move(body));
}

void Session::on(wire::Relays&& came, std::size_t /*bytes*/) {
  const auto id = came.id;
  tell(id, std::move(came));
}

void Session::tell(std::uint32_t id, base::Result<wire::Relays> relays) {
  auto find = finds_.extract(id);
  if (!find.empty()) find.mapped().told(std::move(relays));
}

/// Running streams may still end well; nothing new is opened.
void Session::on(wire::RelayLeaving&& came, std::size_t /*bytes*/) {
  leaving_ = base::environment("relay_leaving", "the relay says goodbye (" + base::printable(came.code, 60) + "): " + base::printable(came.message));
  if (streams_.empty()) finish(*leaving_);
}

void Session::on(wire::QuoteMessage&& came, std::size_t bytes) {
  if (auto* stream = find(came.stream, bytes)) stream->on_quote(std::move(came));
}

void Session::on(wire::ManifestMessage&& came, std::size_t bytes) {
  if (auto* stream = find(came.stream, bytes)) stream->on_manifest(std::move(came));
}

void Session::on(wire::Hashes&& came, std::size_t bytes) {
  if (auto* stream = find(came.stream, bytes)) stream->on_hashes(std::move(came));
}

void Session::on(wire::ChunkMessage&& came, std::size_t bytes) {
  if (auto* stream = find(came.stream, bytes)) stream->on_chunk(std::move(came));
}

void Session::on(wire::Witnessed&& came, std::size_t bytes) {
  if (auto* stream = find(came.stream, bytes)) stream->on_witnessed(std::move(came));
}

void Session::on(wire::Window&& came, std::size_t bytes) {
  if (auto* stream = find(came.stream, bytes)) stream->on_room();
}

void Session::on(wire::TunnelOpened&& came, std::size_t bytes) {
  if (auto* stream = find(came.stream, bytes)) stream->on_opened();
}

void Session::on(wire::TunnelData&& came, std::size_t bytes) {
  if (auto* stream = find(came.stream, bytes)) stream->on_data(std::move(came.payload));
}

void Session::on(wire::TunnelEnd&& came, std::size_t bytes) {
  if (auto* stream = find(came.stream, bytes)) stream->on_end(came.reset);
}

void Session::on(wire::TunnelMeter&& came, std::size_t bytes) {
  if (auto* stream = find(came.stream, bytes)) stream->on_meter(std::move(came));
}

void Session::on(wire::Done&& came, std::size_t bytes) {
  if (auto* stream = take(came.stream, bytes)) stream->on_done();
}

void Session::on(wire::Refused&& came, std::size_t bytes) {
  if (auto* stream = take(came.stream, bytes)) stream->on_refused(std::move(came));
}

StreamListener* Session::find(base::StreamId stream, std::size_t bytes) {
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return nullptr;
  found->second->on_message_bytes(bytes);
  return found->second;
}

StreamListener* Session::take(base::StreamId stream, std::size_t bytes) {
  auto* listener = find(stream, bytes);
  streams_.erase(stream);
  return listener;
}

base::Result<base::StreamId> Session::open_stream(wire::Request request, StreamListener& listener) {
  FERRY_TRY(const auto stream, protocol_->open_stream(std::move(request)));
  streams_[stream] = &listener;
  kick();
  return stream;
}

base::Result<base::StreamId> Session::open_tunnel(wire::OpenTunnel message, StreamListener& listener) {
  FERRY_TRY(const auto stream, protocol_->open_tunnel(std::move(message)));
  streams_[stream] = &listener;
  kick();
  return stream;
}

std::uint64_t Session::up_room(base::StreamId stream) {
  if (ended_) return 0;
  // What waits in the queue already is enough to keep the socket busy.
  if (link_->is_full() || protocol_->queued_bytes(stream) >= wire::kMaxUpPayload) {
    waiting_for_room_.insert(stream);
    return 0;
  }
  return protocol_->up_window(stream);
}

void Session::send_data(base::StreamId stream, wire::Payload payload) {
  protocol_->send_data(stream, std::move(payload));
  kick();
}

void Session::end_tunnel(base::StreamId stream, bool reset) {
  protocol_->end_tunnel(stream, reset);
  kick();
}

/// Once the link takes more again. Who is told may end streams and this session.
void Session::tell_room() {
  for (const auto stream : std::exchange(waiting_for_room_, {})) {
    if (const auto found = streams_.find(stream); found != streams_.end()) found->second->on_room();
  }
}

void Session::accept(base::StreamId stream, const base::Salt& nonce) {
  protocol_->accept(stream, nonce);
  kick();
}

void Session::add_window(base::StreamId stream, std::uint64_t bytes) {
  protocol_->add_window(stream, bytes);
  kick();
}

void Session::cancel(base::StreamId stream) {
  streams_.erase(stream);
  if (ended_) return;
  protocol_->cancel(stream);
  kick();
}

void Session::open_channel(wire::OpenChannel message) {
  protocol_->open_channel(std::move(message));
  kick();
}

void Session::send(wire::VoucherMessage message) {
  protocol_->send(std::move(message));
  kick();
}

void Session::call_ledger(std::string method, std::string body, base::Duration timeout, Reply reply) {
  const auto id = protocol_->call_ledger(std::move(method), std::move(body));
  if (!id) return reply(base::fail(id.error()));
  auto timer = std::make_unique<Timer>(loop_);
  timer->start(timeout, [this, call = *id] { answer(call, base::fail(base::environment("ledger_timeout", "the relay's ledger does not answer: try again, or use another relay"))); });
  calls_[*id] = Call{std::move(reply), std::move(timer)};
  kick();
}

void Session::close_channel(wire::CloseChannel message, const base::ChannelId& channel, base::Duration timeout, CloseReply reply) {
  auto timer = std::make_unique<Timer>(loop_);
  timer->start(timeout, [this, channel] { answer(channel, base::fail(base::environment("relay_silent", "the relay does not answer about closing the channel"))); });
  closing_[channel] = Closing{std::move(reply), std::move(timer)};
  protocol_->close_channel(std::move(message));
  kick();
}

/// What several events cause leaves in one send, after the last of them.
void Session::kick() {
  if (!receiving_) send_queued();
}

void Session::send_queued() {
  if (!protocol_) return;
  while (!link_->is_full()) {
    const auto message = protocol_->next_message();
    if (!message) break;
    link_->send(*message);
  }
  link_->flush();
}

void Session::end(base::Error why) {
  if (ended_) return;
  if (protocol_) protocol_->send_goodbye("client_leaves", "");
  finish(std::move(why));
}

void Session::finish(base::Error error) {
  if (std::exchange(ended_, true)) return;
  if (leaving_) error = *leaving_;  // says more than that the connection ended
  timer_.stop();
  send_queued();  // the goodbye that names a fault
  for (auto& [id, call] : std::exchange(calls_, {})) call.reply(base::fail(error));
  for (auto& [id, find] : std::exchange(finds_, {})) find.told(base::fail(error));
  for (auto& [id, closing] : std::exchange(closing_, {})) closing.reply(base::fail(error));
  for (const auto& [id, stream] : std::exchange(streams_, {})) stream->on_lost(error);
  listener_.on_session_ended(std::move(error));
}

}  // namespace ferry::client
