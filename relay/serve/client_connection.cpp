#include "relay/serve/client_connection.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <spdlog/spdlog.h>

#include "relay/serve/answer_find.hpp"
#include "relay/serve/answer_ledger_call.hpp"
#include "relay/serve/close_channel.hpp"
#include "relay/serve/open_channel.hpp"
#include "relay/serve/serve_request.hpp"
#include "relay/serve/serve_tunnel.hpp"
#include "relay/serve/take_voucher.hpp"
#include "relay/serve/worker.hpp"

namespace ferry::relay {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

wire::RelaySessionSettings session_settings(const Node& node) {
  wire::RelaySessionSettings settings;
  settings.welcome.relay = node.identity.address();
  settings.welcome.receiver = node.receiver;
  settings.welcome.chain_id = node.chain.domain.chain_id;
  settings.welcome.contract = node.chain.domain.verifying_contract;
  settings.welcome.token = node.chain.token;
  settings.welcome.withdraw_delay = node.settings.ledger.withdraw_delay_seconds;
  settings.welcome.min_deposit = node.settings.ledger.min_deposit;
  settings.welcome.policy_hash = node.exit_policy.hash();
  settings.welcome.software = node.software;
  settings.max_streams = node.settings.limits.streams_per_session;
  return settings;
}

/// A client that does not answer is told anew after this.
constexpr std::chrono::seconds kTellAgain{5};

/// Above this an emptied read buffer is given back: idle clients hold little.
constexpr std::size_t kKeptReadBuffer = 4096;

/// A session without streams gives its buffers back after this. Not at once: between two requests fresh ones would cost more than the rest of
/// serving a chunk.
constexpr std::chrono::seconds kBuffersKept{1};

}  // namespace

ClientConnection::ClientConnection(Worker& worker, std::unique_ptr<WebSocket> socket, const wire::Exporter& exporter)
    : worker_(worker),
      socket_(std::move(socket)),
      session_(session_settings(worker.node()), worker.node().identity, exporter, Node::now()),
      writable_(worker.io()),
      ticking_(worker.io()) {
  Counters::add(counters().sessions_open);
}

ClientConnection::~ClientConnection() {
  Counters::sub(counters().sessions_open);
  for (const auto& [id, channel] : channels_) node().book.payer_left(channel.config.payer);
}

const Node& ClientConnection::node() const { return worker_.node(); }
Counters& ClientConnection::counters() { return worker_.counters(); }

asio::awaitable<void> ClientConnection::run() {
  asio::co_spawn(worker_.io(), write_messages(shared_from_this()), asio::detached);
  asio::co_spawn(worker_.io(), keep_time(shared_from_this()), asio::detached);
  co_await read_messages();
  if (session_.has_messages() && !closed_) co_await socket_->next_layer().flush();
  close();
}

asio::awaitable<void> ClientConnection::read_messages() {
  boost::beast::flat_buffer buffer;
  socket_->read_message_max(wire::kMaxMessageToRelay);
  while (!closed_) {
    error_code error;
    co_await socket_->async_read(buffer, asio::redirect_error(asio::use_awaitable, error));
    if (error || closed_) co_return;
    const auto bytes = buffer.data();
    auto event = session_.receive({static_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, Node::now());
    if (!event) {
      Counters::add(counters().peer_faults);
      spdlog::info("client closed for a protocol fault: {}", event.error().code);
      kick();  // the writer sends the goodbye, then closes
      co_return;
    }
    if (*event) dispatch(std::move(**event));
    // Only now: what came of a tunnel is a view into it.
    buffer.consume(buffer.size());
    if (buffer.capacity() > kKeptReadBuffer) buffer.shrink_to_fit();
    kick();
  }
}

asio::awaitable<void> ClientConnection::write_messages([[maybe_unused]] std::shared_ptr<ClientConnection> self) {
  socket_->binary(true);
  bool released = false;
  while (!closed_) {
    while (auto message = session_.next_message()) {
      const std::array<asio::const_buffer, 2> parts{asio::buffer(message->head),
                                                    asio::buffer(message->payload.bytes.data(), message->payload.bytes.size())};
      error_code error;
      co_await socket_->async_write(parts, asio::redirect_error(asio::use_awaitable, error));
      if (error) co_return close();
      if (closed_) co_return;
    }
    if (co_await socket_->next_layer().flush() || closed_) co_return close();
    if (session_.has_messages()) continue;
    if (session_.finished() || (draining_ && streams_.empty())) co_return close();
    wake_waiting();  // the queue is empty: those that waited for room go on
    if (session_.has_messages()) continue;
    const bool is_idle = session_.open_streams() == 0 && !released;
    const bool woken = co_await writable_.wait(is_idle ? kBuffersKept : std::chrono::hours(1));
    released = !woken && (is_idle || released) && session_.open_streams() == 0;
    if (released) socket_->next_layer().engine().release_buffers();
  }
}

asio::awaitable<void> ClientConnection::keep_time([[maybe_unused]] std::shared_ptr<ClientConnection> self) {
  while (!closed_ && !session_.finished()) {
    const auto now = Node::now();
    if (!session_.advance(now)) Counters::add(counters().peer_faults);
    kick();
    const auto wait = std::clamp(session_.next_deadline() - now, base::Duration{50}, base::Duration{60'000});
    co_await ticking_.wait(wait);
  }
}

void ClientConnection::dispatch(wire::RelayEvent event) {
  std::visit(
      [this](auto&& came) {
        using Event = std::decay_t<decltype(came)>;
        if constexpr (std::is_same_v<Event, wire::ClientAuthenticated>) {
          Counters::add(counters().sessions_authenticated);
        } else if constexpr (std::is_same_v<Event, wire::ChannelNamed>) {
          asio::co_spawn(worker_.io(), open_channel(shared_from_this(), std::move(came.message)), asio::detached);
        } else if constexpr (std::is_same_v<Event, wire::VoucherCame>) {
          take_voucher(shared_from_this(), came.message);
        } else if constexpr (std::is_same_v<Event, wire::RequestCame>) {
          start_request(std::move(came.message));
        } else if constexpr (std::is_same_v<Event, wire::QuoteAccepted>) {
          if (auto* stream = find_stream(came.stream)) {
            stream->accepted = true;
            stream->changed.notify();
          }
        } else if constexpr (std::is_same_v<Event, wire::StreamCancelled>) {
          if (auto* stream = find_stream(came.stream)) {
            stream->cancelled = true;
            stream->changed.notify();
          }
        } else if constexpr (std::is_same_v<Event, wire::TunnelAsked>) {
          start_tunnel(std::move(came.message));
        } else if constexpr (std::is_same_v<Event, wire::TunnelDataCame>) {
          if (auto* tunnel = find_tunnel(came.stream)) take_up(*tunnel, came.bytes);
        } else if constexpr (std::is_same_v<Event, wire::TunnelEndCame>) {
          if (auto* tunnel = find_tunnel(came.stream)) {
            tunnel->up_ended = true;
            tunnel->reset = tunnel->reset || came.reset;
            tunnel->changed.notify();
          }
        } else if constexpr (std::is_same_v<Event, wire::CloseAsked>) {
          asio::co_spawn(worker_.io(), close_channel(shared_from_this(), std::move(came.message)), asio::detached);
        } else if constexpr (std::is_same_v<Event, wire::WindowOpened>) {
          wake_stream(came.stream);
        } else if constexpr (std::is_same_v<Event, wire::LedgerCalled>) {
          asio::co_spawn(worker_.io(), answer_ledger_call(shared_from_this(), std::move(came.message)), asio::detached);
        } else if constexpr (std::is_same_v<Event, wire::RelaysAsked>) {
          answer_find(*this, came.message);
        } else if constexpr (std::is_same_v<Event, wire::HoldersAsked>) {
          asio::co_spawn(worker_.io(), answer_find(shared_from_this(), came.message), asio::detached);
        } else if constexpr (std::is_same_v<Event, wire::PeerLeaving>) {
          close();
        }
      },
      std::move(event));
}

namespace {

asio::awaitable<void> serve_to_the_end(std::shared_ptr<ClientConnection> connection, asio::awaitable<void> serving, std::function<void()> ended) {
  connection->worker().stream_started();
  co_await std::move(serving);
  ended();
  connection->worker().stream_ended();
}

}  // namespace

void ClientConnection::start_request(wire::Request request) {
  auto stream = std::make_shared<RequestStream>(std::move(request), worker_.io());
  run_stream(stream, serve_request(shared_from_this(), stream));
}

void ClientConnection::start_tunnel(wire::OpenTunnel tunnel) {
  auto stream = std::make_shared<TunnelStream>(std::move(tunnel), worker_.io());
  run_stream(stream, serve_tunnel(shared_from_this(), stream));
}

void ClientConnection::take_up(TunnelStream& tunnel, base::ByteView bytes) {
  if (up_bytes_held_ + bytes.size() > wire::kMaxUpBytesHeld) {
    tunnel.broken = base::environment("tunnel_memory", "too much waits for slow destinations in this session; send less at once");
  } else {
    up_bytes_held_ += bytes.size();
    tunnel.up.append(bytes);
  }
  tunnel.changed.notify();
}

void ClientConnection::run_stream(std::shared_ptr<Stream> stream, asio::awaitable<void> serving) {
  const auto id = stream->id;
  streams_.emplace(id, std::move(stream));
  std::function<void()> ended = [this, id] {  // runs while serve_to_the_end still holds this connection
    streams_.erase(id);
    kick();
  };
  asio::co_spawn(worker_.io(), serve_to_the_end(shared_from_this(), std::move(serving), std::move(ended)), asio::detached);
}

Stream* ClientConnection::find_stream(base::StreamId id) {
  const auto it = streams_.find(id);
  return it == streams_.end() ? nullptr : it->second.get();
}

TunnelStream* ClientConnection::find_tunnel(base::StreamId id) { return dynamic_cast<TunnelStream*>(find_stream(id)); }

void ClientConnection::wake_stream(base::StreamId id) {
  if (auto* stream = find_stream(id)) stream->changed.notify();
}

void ClientConnection::wake_waiting() {
  for (const auto& [id, stream] : streams_) {
    if (std::exchange(stream->waits_for_queue, false)) stream->changed.notify();
  }
}

void ClientConnection::wake_all() {
  for (const auto& [id, stream] : streams_) stream->changed.notify();
}

bool ClientConnection::takes_up_need(const Stream& stream, const channels::NeedVoucher& need, base::Time now) {
  const auto channel = channels_.find(stream.channel);
  if (channel == channels_.end()) return true;
  auto& told = channel->second.told;
  const bool stands = told && told->required > need.ceiling && told->required <= need.required && now - told->at < kTellAgain;
  if (stands) return false;
  told = ToldNeed{stream.id, need.required, now};
  return true;
}

void ClientConnection::drops_need(const Stream& stream) {
  const auto channel = channels_.find(stream.channel);
  if (channel == channels_.end() || !channel->second.told || channel->second.told->by != stream.id) return;
  channel->second.told.reset();
  wake_all();
}

void ClientConnection::credit_is_short(base::Time now) {
  credit_was_short_at_ = now;
  for (const auto& [id, stream] : streams_) {
    if (std::exchange(stream->waits_with_credit, false)) stream->changed.notify();
  }
}

void ClientConnection::drain() {
  draining_ = true;
  session_.send_goodbye("draining", "this relay is shutting down; use another one");
  kick();
}

void ClientConnection::close() {
  if (closed_) return;
  closed_ = true;
  for (const auto& [id, stream] : streams_) stream->cancelled = true;
  wake_all();
  error_code ignored;
  socket_->next_layer().next_layer().close(ignored);
  writable_.notify();
  ticking_.notify();
}

const PayingChannel* ClientConnection::find_channel(const base::ChannelId& id) const {
  const auto it = channels_.find(id);
  return it == channels_.end() ? nullptr : &it->second;
}

void ClientConnection::add_channel(const base::ChannelId& id, PayingChannel channel) {
  const auto payer = channel.config.payer;
  if (channels_.insert_or_assign(id, std::move(channel)).second) node().book.payer_came(payer);
}

void ClientConnection::count_bad_voucher() {
  const auto now = Node::now();
  if (now - bad_vouchers_since_ > std::chrono::minutes(1)) {
    bad_vouchers_since_ = now;
    bad_vouchers_ = 0;
  }
  if (++bad_vouchers_ <= wire::kMaxBadVouchersPerMinute) return;
  Counters::add(counters().peer_faults);
  spdlog::info("client closed: more than {} refused vouchers in a minute", wire::kMaxBadVouchersPerMinute);
  close();
}

}  // namespace ferry::relay
