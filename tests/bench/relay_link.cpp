#include "tests/bench/relay_link.hpp"

#include <charconv>

#include "tests/bench/run_clock.hpp"
#include "tests/bench/web_socket.hpp"

namespace ferry::bench {

base::Result<RelayPlace> RelayPlace::parse(const std::string& reference) {
  const auto bad = base::fail(base::refusal("relay_reference", "ferry://0xADDRESS@host:port is expected"));
  constexpr std::string_view kScheme = "ferry://";
  const auto at = reference.find('@');
  const auto colon = reference.rfind(':');
  if (!reference.starts_with(kScheme) || at == std::string::npos || colon == std::string::npos || colon < at) return bad;
  RelayPlace place;
  FERRY_TRY(place.address, base::Address::parse(reference.substr(kScheme.size(), at - kScheme.size())));
  place.host = reference.substr(at + 1, colon - at - 1);
  const char* end = reference.data() + reference.size();
  if (std::from_chars(reference.data() + colon + 1, end, place.port).ptr != end) return bad;
  return place;
}

RelayLink::RelayLink(const RelayPlace& place, std::unique_ptr<TlsSocket> socket, base::SecretKey key)
    : place_(place), socket_(std::move(socket)), key_(std::move(key)) {}

base::Result<void> RelayLink::on_ready(bool readable, bool writable) {
  if (writable) FERRY_CHECK(socket_->push());
  if (readable) {
    FERRY_CHECK(socket_->pull());
    if (!asked_upgrade_) FERRY_CHECK(take_handshake());
    if (asked_upgrade_ && !session_) FERRY_CHECK(take_upgrade());
    if (session_) FERRY_CHECK(take_messages());
  }
  if (welcomed() && socket_->unsent() == 0) FERRY_CHECK(on_drained());
  return {};
}

base::Result<void> RelayLink::take_handshake() {
  if (!socket_->engine().established()) return {};
  asked_upgrade_ = true;
  FERRY_CHECK(socket_->write(base::bytes_of(upgrade_request(place_.host + ":" + std::to_string(place_.port)))));
  return socket_->push();
}

base::Result<void> RelayLink::take_upgrade() {
  FERRY_TRY(const auto size, read_upgrade(base::text_of(socket_->inbox())));
  if (!size) return {};
  socket_->consume(*size);
  FERRY_TRY(const auto exporter, socket_->engine().exporter());
  session_ = std::make_unique<wire::ClientSession>(wire::ClientSessionSettings{place_.address, "ferry-bench"}, key_, exporter, wall_now());
  return send_messages();
}

base::Result<void> RelayLink::take_messages() {
  for (;;) {
    FERRY_TRY(const auto frame, read_frame(socket_->inbox()));
    if (!frame) break;
    if (frame->opcode == kCloseFrame) return base::fail(base::environment("closed", "the relay closed the session"));
    if (frame->opcode == kBinaryFrame) {
      FERRY_TRY(auto event, session_->receive(frame->payload, nullptr, wall_now()));
      if (event) FERRY_CHECK(on_event(std::move(*event)));
    }
    socket_->consume(frame->size);
  }
  return send_messages();
}

base::Result<void> RelayLink::send_messages() {
  while (const auto message = session_->next_message()) {
    auto frame = frame_header(message->size());
    frame.insert(frame.end(), message->head.begin(), message->head.end());
    frame.insert(frame.end(), message->payload.bytes.begin(), message->payload.bytes.end());
    FERRY_CHECK(socket_->write(base::ByteView{frame}));
  }
  return socket_->push();
}

}  // namespace ferry::bench
