#include <array>

#include "protocol/wire/field_reader.hpp"

namespace ferry::wire {
namespace {

template <typename Any>
using Read = base::Result<Any> (FieldReader::*)();

template <typename Any>
struct Entry {
  std::uint64_t type;
  Read<Any> read;
};

/// One entry per alternative of a variant of messages.
template <typename... Message>
constexpr auto entries_of(const std::variant<Message...>* /*tag*/) {
  using Any = std::variant<Message...>;
  return std::array{Entry<Any>{static_cast<std::uint64_t>(kTypeOf<Message>), &FieldReader::read<Any, Message>}...};
}

template <typename Any>
base::Result<Any> decode_any(base::ByteView message, std::shared_ptr<const void> owner, std::size_t limit) {
  static constexpr auto kEntries = entries_of(static_cast<const Any*>(nullptr));
  if (message.size() > limit) {
    return base::fail(base::peer_fault("message_too_large", "a message has " + std::to_string(message.size()) + " bytes, the limit is " +
                                                                std::to_string(limit)));
  }
  FieldReader reader(message, std::move(owner));
  const auto type = reader.type();
  FERRY_CHECK(type);
  for (const auto& entry : kEntries) {
    if (entry.type == *type) return (reader.*entry.read)();
  }
  return base::fail(base::peer_fault("message_type", "message type " + std::to_string(*type) + " is unknown or not for this side"));
}

}  // namespace

base::Result<ToRelay> decode_to_relay(base::ByteView message) {
  FERRY_TRY(auto decoded, decode_any<ToRelay>(message, nullptr, kMaxMessageToRelay));
  if (const auto* request = std::get_if<Request>(&decoded)) FERRY_CHECK(check(*request));
  if (const auto* tunnel = std::get_if<OpenTunnel>(&decoded)) FERRY_CHECK(check(*tunnel));
  if (const auto* data = std::get_if<TunnelData>(&decoded); data != nullptr && data->payload.bytes.size() > kMaxUpPayload) {
    return base::fail(base::peer_fault("message_field", "a client sends at most 64 KiB into a tunnel at once"));
  }
  return decoded;
}

base::Result<ToClient> decode_to_client(base::ByteView message, std::shared_ptr<const void> owner) {
  return decode_any<ToClient>(message, std::move(owner), kMaxMessageToClient);
}

}  // namespace ferry::wire
