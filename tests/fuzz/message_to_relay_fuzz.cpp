// Any bytes as a client's message: decoding fails as the peer's fault, or gives a message that survives being written and read again.

#include "protocol/wire/limits.hpp"
#include "protocol/wire/messages.hpp"
#include "tests/fuzz/require.hpp"

using namespace ferry;
using ferry::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto message = wire::decode_to_relay({data, size});
  if (!message) {
    require(message.error().kind == base::ErrorKind::peer_fault, "what cannot be decoded is the peer's fault");
    require(!message.error().code.empty() && message.error().message.size() < 500, "a fault has a code and a bounded message");
    return 0;
  }
  require(size <= wire::kMaxMessageToRelay, "only what is small enough is decoded");
  if (const auto* request = std::get_if<wire::Request>(&*message)) require(wire::check(*request).has_value(), "a request is checked");
  if (const auto* tunnel = std::get_if<wire::OpenTunnel>(&*message)) require(wire::check(*tunnel).has_value(), "a tunnel is checked");
  if (const auto* carried = std::get_if<wire::TunnelData>(&*message)) {
    const auto payload = carried->payload.bytes;
    require(payload.size() <= wire::kMaxUpPayload, "a client sends little at once");
    require(payload.data() >= data && payload.data() + payload.size() == data + size, "a payload is a view of the end of its message");
  }

  const wire::OutMessage written = wire::encode(*message);
  require(written.payload.bytes.empty() == !std::holds_alternative<wire::TunnelData>(*message), "only what a tunnel carries comes in two pieces");
  require(written.size() <= size, "the shortest form is not longer");
  base::Bytes joined = written.head;
  joined.insert(joined.end(), written.payload.bytes.begin(), written.payload.bytes.end());
  const auto again = wire::decode_to_relay(joined);
  require(again.has_value() && again->index() == message->index(), "what was written is read as the same type");
  require(wire::encode(*again).head == written.head, "what was written is written alike");
  return 0;
}
