#include <doctest/doctest.h>

#include "protocol/wire/limits.hpp"
#include "tests/unit/protocol/wire/message_samples.hpp"

using namespace ferry;
using namespace ferry::wire;

TEST_CASE("encode: a chunk's payload stays where it lies") {
  const auto owner = std::make_shared<base::Bytes>(kMaxChunkPayload, std::uint8_t{7});
  ChunkMessage chunk = samples::chunk();
  chunk.payload = Payload{owner, *owner};
  const OutMessage out = encode(ToClient{chunk});
  CHECK(out.payload.owner == owner);
  CHECK(out.payload.bytes.data() == owner->data());
  CHECK(out.payload.bytes.size() == owner->size());
  CHECK(out.head.size() < 100);
  CHECK(out.size() == out.head.size() + owner->size());
  // The head ends with the header of the payload: bin 32 of 256 KiB.
  CHECK(base::to_hex(base::ByteView{out.head}.last(5)) == "c600040000");
  CHECK(decode_to_client(samples::joined(out), nullptr).has_value());
}

TEST_CASE("encode: only a chunk and what a tunnel carries have a payload apart") {
  for (const auto& [name, message] : samples::to_client()) {
    CAPTURE(name);
    CHECK(encode(message).payload.bytes.empty() == (name != "chunk" && name != "tunnel_data to client"));
  }
  for (const auto& [name, message] : samples::to_relay()) {
    CAPTURE(name);
    CHECK(encode(message).payload.bytes.empty() == (name != "tunnel_data to relay"));
  }
}

TEST_CASE("encode: what a tunnel carries stays where it lies") {
  const auto owner = std::make_shared<base::Bytes>(kMaxUpPayload, std::uint8_t{7});
  const OutMessage out = encode(ToRelay{TunnelData{base::StreamId{UINT32_MAX}, Payload{owner, *owner}}});
  CHECK(out.payload.owner == owner);
  CHECK(out.payload.bytes.data() == owner->data());
  CHECK(base::to_hex(out.head) == "931cceffffffffc600010000");
  CHECK(out.size() <= kMaxMessageToRelay);
}

TEST_CASE("encode: texts for people are cut and made printable, so that no peer refuses them") {
  const std::string text = std::string(kMaxText + 50, 'x') + "\n";
  const auto decoded = decode_to_client(samples::bytes_of(ToClient{Refused{base::StreamId{1}, base::bug("a\tb", text), 0}}), nullptr);
  REQUIRE(decoded.has_value());
  CHECK(std::get<Refused>(*decoded).error.code == "a?b");
  CHECK(std::get<Refused>(*decoded).error.message == std::string(kMaxText, 'x'));
}

TEST_CASE("encode: the largest messages fit their limits") {
  ManifestMessage manifest{base::StreamId{UINT32_MAX}, true, base::Bytes(kMaxPackedManifest, 1), samples::signature(), base::Amount::max(), true, base::Amount::max()};
  CHECK(encode(ToClient{manifest}).size() <= kMaxMessageToClient);
  Hashes hashes{base::StreamId{UINT32_MAX}, kMaxChunkIndex, std::vector<base::Hash256>(kMaxHashesPerMessage)};
  CHECK(encode(ToClient{hashes}).size() <= kMaxMessageToClient);
  const base::Bytes carried(kMaxChunkPayload, 1);
  CHECK(encode(ToClient{TunnelData{base::StreamId{UINT32_MAX}, Payload{nullptr, carried}}}).size() <= kMaxMessageToClient);
  CHECK(encode(ToClient{LedgerReply{UINT32_MAX, std::string(kMaxLedgerBody, 'x')}}).size() <= kMaxMessageToClient);
  CHECK(encode(ToRelay{LedgerCall{UINT32_MAX, std::string(kMaxText, 'x'), std::string(kMaxLedgerBody, 'x')}}).size() <= kMaxMessageToRelay);

  CHECK(encode(ToClient{Relays{UINT32_MAX, std::vector<base::Bytes>(kMaxDescriptors, base::Bytes(kMaxPackedDescriptor, 1))}}).size() <= kMaxMessageToClient);

  Request request = samples::request();
  request.url = std::string(kMaxUrl, 'u');
  request.if_validator = std::string(kMaxValidator, 'v');
  request.headers.assign(kMaxRequestHeaders, {"name", std::string(kMaxRequestHeaderBytes / kMaxRequestHeaders - 4, 'x')});
  CHECK(check(request).has_value());
  CHECK(encode(ToRelay{request}).size() <= kMaxMessageToRelay);
}

TEST_CASE("encode: a time before 1970 is sent as 1970") {
  Welcome welcome = samples::welcome();
  welcome.now = base::Time{-5};
  const auto decoded = decode_to_client(samples::bytes_of(ToClient{welcome}), nullptr);
  REQUIRE(decoded.has_value());
  CHECK(std::get<Welcome>(*decoded).now.unix_ms == 0);
}
