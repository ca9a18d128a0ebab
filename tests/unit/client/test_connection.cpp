#include "tests/unit/client/test_connection.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

#include "channels/chain/ledger_api.hpp"
#include "client/transport/websocket_handshake.hpp"

namespace ferry::client::testing {

namespace {

wire::RelaySessionSettings settings_of(const TestRelay::State& state, const base::SecretKey& identity) {
  wire::RelaySessionSettings settings;
  auto& welcome = settings.welcome;
  welcome.relay = identity.address();
  welcome.receiver = state.identity.address();
  welcome.chain_id = state.domain.chain_id;
  welcome.contract = state.domain.verifying_contract;
  welcome.token = state.token;
  welcome.withdraw_delay = channels::kMinWithdrawDelay;
  welcome.min_deposit = state.min_deposit;
  welcome.software = "test-relay";
  return settings;
}

}  // namespace

TestConnection::TestConnection(TestRelay::State& state, int socket)
    : state_(state), socket_(socket), tls_(state.tls, wire::TlsEngine::Role::server, "") {}

TestConnection::~TestConnection() {
  if (frames_ != nullptr) wslay_event_context_free(frames_);
  ::close(socket_);
}

short TestConnection::wants() const { return static_cast<short>(POLLIN | (tls_.ciphertext().empty() ? 0 : POLLOUT)); }

void TestConnection::close() { over_ = true; }

void TestConnection::on_ready() {
  std::uint8_t buffer[65536];
  for (;;) {
    const ssize_t count = ::recv(socket_, buffer, sizeof(buffer), 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) break;
    if (count <= 0) return close();
    if (!tls_.put_ciphertext({buffer, static_cast<std::size_t>(count)})) return close();
    if (!session_) read_http();
    if (session_) read_frames();
    if (over_) return;
  }
  flush();
}

void TestConnection::read_http() {
  std::uint8_t byte = 0;
  while (!http_.ends_with("\r\n\r\n")) {
    const auto count = tls_.read_plaintext({&byte, 1});
    if (!count || *count == 0) return;
    http_.push_back(static_cast<char>(byte));
  }
  const std::string name = "Sec-WebSocket-Key: ";
  const auto start = http_.find(name) + name.size();
  const auto key = http_.substr(start, http_.find("\r\n", start) - start);
  const auto answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
                      WebsocketHandshake::accept_value(key) + "\r\nSec-WebSocket-Protocol: ferry.1\r\n\r\n";
  static_cast<void>(tls_.write_plaintext(base::bytes_of(answer)));

  const auto& identity = state_.cheats.other_identity ? state_.impostor : state_.identity;
  session_ = std::make_unique<wire::RelaySession>(settings_of(state_, identity), identity, *tls_.exporter(), state_.now());
  wslay_event_callbacks callbacks{};
  callbacks.recv_callback = [](wslay_event_context_ptr context, uint8_t* data, size_t size, int, void* user) -> ssize_t {
    const auto count = static_cast<TestConnection*>(user)->tls_.read_plaintext({data, size});
    if (count && *count > 0) return static_cast<ssize_t>(*count);
    wslay_event_set_error(context, count ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
  };
  callbacks.send_callback = [](wslay_event_context_ptr, const uint8_t* data, size_t size, int, void* user) -> ssize_t {
    static_cast<void>(static_cast<TestConnection*>(user)->tls_.write_plaintext({data, size}));
    return static_cast<ssize_t>(size);
  };
  callbacks.on_msg_recv_callback = [](wslay_event_context_ptr, const wslay_event_on_msg_recv_arg* arg, void* user) {
    auto* connection = static_cast<TestConnection*>(user);
    if (arg->opcode == WSLAY_BINARY_FRAME) connection->receive({arg->msg, arg->msg_length});
  };
  if (wslay_event_context_server_init(&frames_, &callbacks, this) != 0) throw std::runtime_error("wslay");
}

void TestConnection::read_frames() {
  if (wslay_event_recv(frames_) != 0) close();
}

void TestConnection::receive(base::ByteView message) {
  const auto event = session_->receive(message, state_.now());
  if (event && *event) on(**event);
}

void TestConnection::on(const wire::RelayEvent& event) {
  if (state_.cheats.stays_silent_after_welcome) return;
  if (const auto* named = std::get_if<wire::ChannelNamed>(&event)) open_channel(named->message);
  if (const auto* voucher = std::get_if<wire::VoucherCame>(&event)) take_voucher(voucher->message);
  if (const auto* close = std::get_if<wire::CloseAsked>(&event)) close_channel(close->message);
  if (const auto* request = std::get_if<wire::RequestCame>(&event)) open_request(request->message);
  if (const auto* tunnel = std::get_if<wire::TunnelAsked>(&event)) open_tunnel(tunnel->message);
  if (const auto* data = std::get_if<wire::TunnelDataCame>(&event)) take_tunnel_data(data->stream, data->bytes);
  if (const auto* end = std::get_if<wire::TunnelEndCame>(&event)) {
    if (const auto found = tunnels_.find(end->stream); found != tunnels_.end()) {
      found->second.seen->client_ended = true;
      found->second.seen->reset = end->reset;
    }
  }
  if (const auto* accepted = std::get_if<wire::QuoteAccepted>(&event)) {
    if (const auto found = tunnels_.find(accepted->stream); found != tunnels_.end()) found->second.accepted = true;
    if (const auto found = streams_.find(accepted->stream); found != streams_.end()) found->second.accepted = true;
  }
  if (const auto* cancelled = std::get_if<wire::StreamCancelled>(&event)) {
    streams_.erase(cancelled->stream);
    tunnels_.erase(cancelled->stream);
  }
  if (const auto* find = std::get_if<wire::RelaysAsked>(&event)) {
    if (const auto& others = state_.cheats.tells_of) session_->send(wire::Relays{find->message.id, *others});
  }
  if (const auto* find = std::get_if<wire::HoldersAsked>(&event)) {
    if (const auto& holders = state_.cheats.tells_of_holders) session_->send(wire::Relays{find->message.id, *holders});
  }
  if (const auto* call = std::get_if<wire::LedgerCalled>(&event); call != nullptr && !state_.cheats.silent_ledger) {
    session_->send(wire::LedgerReply{call->message.id, chain::handle_text(state_.ledger.chain(), call->message.method, call->message.body)});
  }
}

void TestConnection::open_channel(const wire::OpenChannel& message) {
  wire::ChannelState answer;
  const auto config = *channels::unpack_channel_config(base::ByteView{message.config});
  answer.channel = channels::channel_id(state_.domain_separator, config);
  const auto opened = state_.book.open(config, *state_.ledger.chain().read_channel(answer.channel).value);
  if (!opened) {
    answer.code = opened.error().code;
    answer.message = opened.error().message;
    return session_->send(std::move(answer));
  }
  state_.book.apply(*opened);
  state_.book.confirm(answer.channel, message.confirmed);
  const auto* channel = state_.book.find(answer.channel);
  answer.open = channel->status == channels::ChannelStatus::open;
  if (!answer.open) answer.code = "channel_not_open";
  answer.balance = channel->chain.balance;
  answer.total_claimed = channel->chain.total_claimed;
  answer.charged = channel->charged.plus_saturated(state_.cheats.claims_more);
  answer.ceiling = channel->ceiling;
  answer.ceiling_signature = channel->ceiling_signature;
  answer.credit_chunks = 1;
  if (state_.cheats.forged_view) {
    answer.ceiling = channel->chain.balance;
    answer.ceiling_signature = channels::sign_voucher(state_.domain_separator, answer.channel, answer.ceiling, state_.impostor).signature;
  }
  session_->send(std::move(answer));
}

void TestConnection::take_voucher(const wire::VoucherMessage& message) {
  const auto record = state_.cheats.refuses_vouchers
                          ? base::Result<channels::Record>(base::fail(base::refusal("voucher_disliked", "this relay takes none")))
                          : state_.book.check_voucher(channels::Voucher{message.channel, message.ceiling, message.signature}, message.confirmed);
  if (!record) {
    const auto* channel = state_.book.find(message.channel);
    return session_->send(wire::VoucherRefused{message.channel, record.error().code, record.error().message, channel->ceiling, channel->charged});
  }
  state_.book.apply(*record);
  state_.ceilings.push_back(message.ceiling);
}

void TestConnection::close_channel(const wire::CloseChannel& message) {
  if (state_.cheats.never_closes) return;
  const auto config = *channels::unpack_channel_config(base::ByteView{message.config});
  const auto id = channels::channel_id(state_.domain_separator, config);
  const auto refuse = [&](const base::Error& why) { session_->send(wire::CloseRefused{id, why.code, why.message, {}, {}}); };
  if (state_.cheats.refuse_close) return refuse(*state_.cheats.refuse_close);
  if (state_.cheats.busy_closes > 0) {
    --state_.cheats.busy_closes;
    return refuse(base::refusal("channel_busy", "delivering"));
  }
  auto& chain = state_.ledger.chain();
  const auto nonce = *chain.refund_nonce(id).value;
  const auto facts = *chain.read_channel(id).value;
  const auto opened = state_.book.open(config, facts);
  if (!opened) return refuse(opened.error());
  state_.book.apply(*opened);
  if (message.signature && message.ceiling > state_.book.find(id)->covered()) {
    const auto taken = state_.book.check_voucher(channels::Voucher{id, message.ceiling, *message.signature}, message.confirmed);
    if (!taken) return refuse(taken.error());
    state_.book.apply(*taken);
    state_.ceilings.push_back(message.ceiling);
  }
  const auto refund = state_.book.close(id, facts, nonce);
  if (!refund) return refuse(refund.error());
  const auto amount = refund->amount.minus_floored(state_.cheats.keeps_more);
  const auto number = state_.cheats.close_nonce.value_or(refund->nonce);
  wire::CloseSigned answer{id, number, amount, state_.identity.sign(channels::refund_digest(state_.domain_separator, id, number, amount)),
                           state_.book.find(id)->ceiling, state_.book.find(id)->ceiling_signature};
  if (state_.cheats.forge_close) state_.cheats.forge_close(answer);
  session_->send(std::move(answer));
}

void TestConnection::pump() {
  if (over_ || !session_) return;
  for (bool moved = true; moved && !over_;) {
    moved = false;
    for (auto entry = streams_.begin(); entry != streams_.end() && !over_;) {
      const auto next = std::next(entry);
      while (streams_.contains(entry->first) && serve_step(entry->second)) moved = true;
      entry = next;
    }
    for (auto entry = tunnels_.begin(); entry != tunnels_.end() && !over_;) {
      const auto next = std::next(entry);
      while (tunnels_.contains(entry->first) && tunnel_step(entry->second)) moved = true;
      entry = next;
    }
  }
  write_out();
}

void TestConnection::write_out() {
  const std::size_t unsent = tls_.ciphertext().size();
  while (const auto message = session_->next_message()) {
    base::Bytes whole = message->head;
    whole.insert(whole.end(), message->payload.bytes.begin(), message->payload.bytes.end());
    const wslay_event_msg frame{WSLAY_BINARY_FRAME, whole.data(), whole.size()};
    wslay_event_queue_msg(frames_, &frame);
  }
  if (frames_ != nullptr) wslay_event_send(frames_);
  if (half_frame_) {
    flush(unsent + (tls_.ciphertext().size() - unsent) / 2, true);
    return close();
  }
  flush();
  if (session_->finished() && tls_.ciphertext().empty()) close();
}

void TestConnection::flush(std::size_t limit, bool wait) {
  while (!tls_.ciphertext().empty() && limit > 0) {
    const auto bytes = tls_.ciphertext();
    const ssize_t sent = ::send(socket_, bytes.data(), std::min(bytes.size(), limit), MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN && wait) {
      pollfd room{socket_, POLLOUT, 0};
      ::poll(&room, 1, 10'000);
      continue;
    }
    if (sent < 0 && errno == EAGAIN) return;
    if (sent <= 0) return close();
    limit -= static_cast<std::size_t>(sent);
    tls_.consume_ciphertext(static_cast<std::size_t>(sent));
  }
}

}  // namespace ferry::client::testing
