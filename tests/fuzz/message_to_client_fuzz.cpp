// Any bytes as a relay's message: decoding fails as the peer's fault, or gives a message that survives being written and read again.

#include "protocol/wire/limits.hpp"
#include "protocol/wire/messages.hpp"
#include "tests/fuzz/require.hpp"

using namespace ferry;
using ferry::fuzz::require;

namespace {

base::Bytes joined(const wire::OutMessage& message) {
  base::Bytes out = message.head;
  out.insert(out.end(), message.payload.bytes.begin(), message.payload.bytes.end());
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto message = wire::decode_to_client({data, size}, nullptr);
  if (!message) {
    require(message.error().kind == base::ErrorKind::peer_fault, "what cannot be decoded is the peer's fault");
    require(!message.error().code.empty() && message.error().message.size() < 500, "a fault has a code and a bounded message");
    return 0;
  }
  require(size <= wire::kMaxMessageToClient, "only what is small enough is decoded");
  const auto* chunk = std::get_if<wire::ChunkMessage>(&*message);
  const auto* carried = std::get_if<wire::TunnelData>(&*message);
  if (chunk != nullptr || carried != nullptr) {
    const auto payload = chunk != nullptr ? chunk->payload.bytes : carried->payload.bytes;
    require(payload.data() >= data && payload.data() + payload.size() == data + size, "a payload is a view of the end of its message");
  }

  const base::Bytes written = joined(wire::encode(*message));
  require(written.size() <= size, "the shortest form is not longer");
  const auto again = wire::decode_to_client(written, nullptr);
  require(again.has_value() && again->index() == message->index(), "what was written is read as the same type");
  require(joined(wire::encode(*again)) == written, "what was written is written alike");
  return 0;
}
