#include "client/transport/websocket_link.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "client/transport/network_path.hpp"

namespace ferry::client {

namespace {

std::string authority_of(const RelayReference& relay) { return relay.host.to_string() + ":" + std::to_string(relay.port); }

/// SNI takes names only.
std::string server_name(const RelayReference& relay) { return relay.host.is_address() ? std::string{} : relay.host.to_string(); }

}  // namespace

WebSocketLink::WebSocketLink(Loop& loop, LinkResources& resources, RelayReference relay, Link::Listener& listener)
    : resources_(resources),
      relay_(std::move(relay)),
      listener_(listener),
      tcp_(loop, base::MutableByteView{resources.scratch}, *this),
      tls_(resources.tls, wire::TlsEngine::Role::client, server_name(relay_)),
      handshake_(authority_of(relay_)),
      frames_(resources.messages),
      timer_(loop),
      path_timer_(loop) {}

WebSocketLink::~WebSocketLink() { *alive_ = false; }

void WebSocketLink::open() {
  timer_.start(kConnectTimeout, [this] { fail(base::environment("relay_unreachable", "it does not answer as a relay in time")); });
  tcp_.connect(relay_.host, relay_.port, kConnectTimeout);
}

void WebSocketLink::on_connected() {
  step_ = Step::securing;
  tcp_.end_when_unacknowledged();
  watch_path();
  if (auto begun = tls_.put_ciphertext({}); !begun) return fail(std::move(begun).error());
  flush();
}

void WebSocketLink::watch_path() {
  path_timer_.start(kPathCheck, [this] {
    if (!tcp_.has_own_address()) return fail(base::environment("relay_lost", "this machine's network has changed"));
    watch_path();
  });
}

void WebSocketLink::on_bytes(base::ByteView bytes) {
  const auto alive = alive_;
  wire_bytes_ += bytes.size();
  if (auto taken = tls_.put_ciphertext(bytes); !taken) return fail(std::move(taken).error());
  if (auto read = read_on(); !read) return fail(std::move(read).error());
  if (!*alive) return;
  if (step_ == Step::open) listener_.on_idle();
  if (*alive) flush();
}

/// As far as what has come allows.
base::Result<void> WebSocketLink::read_on() {
  if (step_ == Step::securing && tls_.established()) {
    step_ = Step::upgrading;
    FERRY_CHECK(tls_.write_plaintext(base::bytes_of(handshake_.request())));
  }
  if (step_ == Step::upgrading) FERRY_CHECK(read_response());
  if (step_ == Step::open) read_messages();
  return {};
}

base::Result<void> WebSocketLink::read_response() {
  for (;;) {
    const std::size_t before = response_.size();
    response_.resize(before + 1024);
    const auto room = base::MutableByteView{reinterpret_cast<std::uint8_t*>(response_.data()) + before, 1024};
    const auto count = tls_.read_plaintext(room);
    if (!count) return base::fail(count.error());
    response_.resize(before + *count);
    if (*count == 0) return {};
    FERRY_TRY(const std::size_t used, handshake_.read_response(response_));
    if (used == 0) continue;
    response_used_ = used;
    FERRY_TRY(const auto exporter, tls_.exporter());
    timer_.stop();
    step_ = Step::open;
    listener_.on_open(exporter);
    return {};
  }
}

void WebSocketLink::read_messages() {
  const auto alive = alive_;
  const FrameReader::Source source = [this](base::MutableByteView out) { return read_plaintext(out); };
  while (*alive) {
    auto message = frames_.next(source);
    if (!message) return fail(std::move(message).error());
    if (const auto ping = frames_.take_ping()) write_frame(Opcode::pong, base::ByteView{*ping}, {}, outgoing_);
    if (!*message) break;
    listener_.on_message(std::move(**message));
  }
  if (!*alive) return;
  frames_.release();
  if (frames_.closed() || tls_.peer_closed()) fail(base::environment("relay_lost", "the relay closed the connection"));
}

/// What followed the HTTP response comes first.
base::Result<std::size_t> WebSocketLink::read_plaintext(base::MutableByteView out) {
  if (response_used_ < response_.size()) {
    const std::size_t count = std::min(out.size(), response_.size() - response_used_);
    std::memcpy(out.data(), response_.data() + response_used_, count);
    response_used_ += count;
    return count;
  }
  return tls_.read_plaintext(out);
}

void WebSocketLink::send(const wire::OutMessage& message) {
  write_frame(Opcode::binary, base::ByteView{message.head}, message.payload.bytes, outgoing_);
}

void WebSocketLink::flush() {
  if (!outgoing_.empty() && step_ == Step::open) {
    const auto written = tls_.write_plaintext(base::ByteView{outgoing_});
    outgoing_.clear();
    if (!written) return fail_later(written.error());
  }
  const auto ciphertext = tls_.ciphertext();
  if (ciphertext.empty()) return;
  wire_bytes_ += ciphertext.size();
  tcp_.write(ciphertext);
  tls_.consume_ciphertext(ciphertext.size());
}

bool WebSocketLink::is_full() const { return tcp_.is_writing() || outgoing_.size() > kMaxUnsent; }

void WebSocketLink::on_drained() {
  if (step_ == Step::open) listener_.on_idle();
}

void WebSocketLink::on_closed(base::Error error) { fail(std::move(error)); }

void WebSocketLink::fail(base::Error error) {
  if (std::exchange(*alive_, false)) listener_.on_closed(std::move(error));
}

/// For calls of the owner, inside which it must not be called back.
void WebSocketLink::fail_later(base::Error error) {
  timer_.start(base::Duration{0}, [this, error = std::move(error)] { fail(error); });
}

}  // namespace ferry::client
