#include <doctest/doctest.h>

#include "protocol/base/pack.hpp"
#include "tests/unit/protocol/wire/message_samples.hpp"
#include "tests/unit/protocol/wire/result_code.hpp"

using namespace ferry;
using namespace ferry::wire;

namespace {

// One name for both directions.
base::Result<ToRelay> decode(base::ByteView bytes, const ToRelay*) { return decode_to_relay(bytes); }
base::Result<ToClient> decode(base::ByteView bytes, const ToClient*) { return decode_to_client(bytes, nullptr); }

template <typename Test>
void for_each_sample(Test test) {
  for (const auto& [name, message] : samples::to_relay()) test(name, message);
  for (const auto& [name, message] : samples::to_client()) test(name, message);
}

std::string relay_code(const base::PackWriter& writer) { return code_of(decode_to_relay(writer.view())); }
std::string client_code(const base::PackWriter& writer) { return code_of(decode_to_client(writer.view(), nullptr)); }

/// Decoding either fails as the peer's fault, or gives a message that is written and read again as the same.
template <typename Variant>
bool is_sane(base::ByteView bytes, const Variant* tag) {
  const auto decoded = decode(bytes, tag);
  if (!decoded) return decoded.error().kind == base::ErrorKind::peer_fault && !decoded.error().message.empty();
  const base::Bytes again = samples::bytes_of(*decoded);
  const auto second = decode(again, tag);
  return second && samples::bytes_of(*second) == again;
}

}  // namespace

TEST_CASE("decode: every message comes out as it went in") {
  for_each_sample([](const std::string& name, const auto& message) {
    CAPTURE(name);
    const base::Bytes bytes = samples::bytes_of(message);
    const auto decoded = decode(bytes, &message);
    REQUIRE(decoded.has_value());
    CHECK(decoded->index() == message.index());
    CHECK(samples::bytes_of(*decoded) == bytes);
  });
}

TEST_CASE("decode: fields arrive where they belong") {
  const auto decoded = decode_to_relay(samples::bytes_of(ToRelay{samples::request()}));
  REQUIRE(decoded.has_value());
  const auto& request = std::get<Request>(*decoded);
  CHECK(request.stream.value == 5);
  CHECK(request.channel == samples::channel());
  CHECK(request.method == "GET");
  CHECK(request.url == "https://example.org/a");
  CHECK(request.headers == samples::request().headers);
  CHECK(request.first_chunk == 3);
  CHECK(request.chunk_count == 4);
  CHECK(request.if_validator == "\"v1\"");
  REQUIRE(request.accept_up_to.has_value());
  CHECK(request.accept_up_to->hit_per_mib.units() == 100);
  CHECK(request.accept_up_to->miss_per_mib.units() == 200);
  CHECK(request.accept_up_to->per_request.units() == 1);
  CHECK(request.window == 2'097'152);

  const base::Bytes refused = samples::bytes_of(ToClient{Refused{base::StreamId{9}, base::environment("code", "text"), 30}});
  const auto answer = decode_to_client(refused, nullptr);
  REQUIRE(answer.has_value());
  CHECK(std::get<Refused>(*answer).error == base::environment("code", "text"));
  CHECK(std::get<Refused>(*answer).retry_after_seconds == 30);
}

TEST_CASE("decode: what is optional may be nil") {
  Request request = samples::request();
  request.accept_up_to.reset();
  request.headers.clear();
  const auto decoded = decode_to_relay(samples::bytes_of(ToRelay{request}));
  REQUIRE(decoded.has_value());
  CHECK_FALSE(std::get<Request>(*decoded).accept_up_to.has_value());

  ChannelState state = samples::channel_state();
  state.ceiling_signature.reset();
  const auto answer = decode_to_client(samples::bytes_of(ToClient{state}), nullptr);
  REQUIRE(answer.has_value());
  CHECK_FALSE(std::get<ChannelState>(*answer).ceiling_signature.has_value());
}

TEST_CASE("decode: a chunk's payload is a view that holds on to its owner") {
  const auto bytes = std::make_shared<base::Bytes>(samples::bytes_of(ToClient{samples::chunk()}));
  const auto decoded = decode_to_client(*bytes, bytes);
  REQUIRE(decoded.has_value());
  const auto& payload = std::get<ChunkMessage>(*decoded).payload;
  CHECK(payload.owner == bytes);
  CHECK(payload.bytes.data() == bytes->data() + bytes->size() - 5);
  CHECK(base::text_of(payload.bytes) == "hello");
}

TEST_CASE("decode: fields of a tunnel arrive where they belong") {
  const auto decoded = decode_to_relay(samples::bytes_of(samples::to_relay()[9].second));
  REQUIRE(decoded.has_value());
  const auto& tunnel = std::get<OpenTunnel>(*decoded);
  CHECK(tunnel.stream.value == 5);
  CHECK(tunnel.channel == samples::channel());
  CHECK(tunnel.confirmed.units() == 320);
  CHECK(tunnel.host == "example.org");
  CHECK(tunnel.port == 443);
  CHECK(tunnel.window == 65'536);

  OpenTunnel priced = tunnel;
  priced.accept_up_to = TunnelLimit{samples::amount(1), samples::amount(2), samples::amount(3)};
  const auto again = decode_to_relay(samples::bytes_of(ToRelay{priced}));
  REQUIRE(again.has_value());
  const auto& limit = std::get<OpenTunnel>(*again).accept_up_to;
  REQUIRE(limit.has_value());
  CHECK(limit->down_per_mib.units() == 1);
  CHECK(limit->up_per_mib.units() == 2);
  CHECK(limit->per_request.units() == 3);
  priced.accept_up_to.reset();
  const auto unpriced = decode_to_relay(samples::bytes_of(ToRelay{priced}));
  REQUIRE(unpriced.has_value());
  CHECK_FALSE(std::get<OpenTunnel>(*unpriced).accept_up_to.has_value());

  const auto metered = decode_to_client(samples::bytes_of(ToClient{TunnelMeter{base::StreamId{9}, 1, 2, samples::amount(3), samples::amount(4)}}), nullptr);
  REQUIRE(metered.has_value());
  const auto& meter = std::get<TunnelMeter>(*metered);
  CHECK(meter.down_bytes == 1);
  CHECK(meter.up_bytes == 2);
  CHECK(meter.charge.units() == 3);
  CHECK(meter.charged_after.units() == 4);
}

TEST_CASE("decode: what a tunnel carries is a view, which a client's holds on to its owner") {
  const auto bytes = std::make_shared<base::Bytes>(samples::bytes_of(ToClient{TunnelData{base::StreamId{9}, Payload{nullptr, samples::payload()}}}));
  const auto down = decode_to_client(*bytes, bytes);
  REQUIRE(down.has_value());
  CHECK(std::get<TunnelData>(*down).payload.owner == bytes);
  CHECK(std::get<TunnelData>(*down).payload.bytes.data() == bytes->data() + bytes->size() - 5);
  const auto up = decode_to_relay(*bytes);
  REQUIRE(up.has_value());
  CHECK(std::get<TunnelData>(*up).payload.owner == nullptr);
  CHECK(base::text_of(std::get<TunnelData>(*up).payload.bytes) == "hello");
}

TEST_CASE("decode: a message cut short anywhere is a fault") {
  for_each_sample([](const std::string& name, const auto& message) {
    CAPTURE(name);
    const base::Bytes bytes = samples::bytes_of(message);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      CAPTURE(size);
      const base::Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));  // of exactly this size, so that ASan watches
      const auto decoded = decode(cut, &message);
      REQUIRE_FALSE(decoded.has_value());
      REQUIRE(decoded.error().code == "pack_truncated");
    }
  });
}

TEST_CASE("decode: any changed byte gives a fault or another valid message") {
  for_each_sample([](const std::string& name, const auto& message) {
    CAPTURE(name);
    base::Bytes bytes = samples::bytes_of(message);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      const std::uint8_t original = bytes[at];
      int insane = 0;
      for (int value = 0; value < 256; ++value) {
        bytes[at] = static_cast<std::uint8_t>(value);
        insane += is_sane(bytes, &message) ? 0 : 1;
      }
      bytes[at] = original;
      CAPTURE(at);
      CHECK(insane == 0);
    }
  });
}

TEST_CASE("decode: bytes behind a message are a fault") {
  for_each_sample([](const std::string& name, const auto& message) {
    CAPTURE(name);
    base::Bytes bytes = samples::bytes_of(message);
    bytes.push_back(0x01);
    CHECK(code_of(decode(bytes, &message)) == "pack_trailing");
  });
}

TEST_CASE("decode: elements more or fewer than a type has are a fault") {
  CHECK(relay_code(base::PackWriter{}.array(3).number(19).number(5).number(1)) == "message_field");
  CHECK(relay_code(base::PackWriter{}.array(3).number(19).number(5).nil()) == "message_field");
  CHECK(relay_code(base::PackWriter{}.array(1).number(19)) == "message_field");
  CHECK(relay_code(base::PackWriter{}.array(2).number(19).number(5)) == "ok");
}

TEST_CASE("decode: types that are unknown or for the other side are a fault") {
  for (std::uint64_t type = 0; type < 300; ++type) {
    CAPTURE(type);
    base::PackWriter writer;
    writer.array(2).number(type).number(5);
    bool for_relay = false;
    for (const auto& [name, message] : samples::to_relay()) for_relay |= samples::bytes_of(message)[1] == type && type < 128;
    bool for_client = false;
    for (const auto& [name, message] : samples::to_client()) for_client |= samples::bytes_of(message)[1] == type && type < 128;
    CHECK((relay_code(writer) == "message_type") == !for_relay);
    CHECK((client_code(writer) == "message_type") == !for_client);
  }
}

TEST_CASE("decode: what is no array of a type is a fault") {
  CHECK(code_of(decode_to_relay({})) == "pack_truncated");
  CHECK(relay_code(base::PackWriter{}.array(0)) == "pack_truncated");
  CHECK(relay_code(base::PackWriter{}.number(19)) == "pack_type");
  CHECK(relay_code(base::PackWriter{}.array(1).text("cancel")) == "pack_type");
  CHECK(relay_code(base::PackWriter{}.array(33)) == "pack_limit");
  CHECK(relay_code(base::PackWriter{}.array(2).number(19).nil()) == "pack_type");
}

TEST_CASE("decode: peers' texts for people are made printable") {
  base::PackWriter writer;
  writer.array(3).number(42).text("co\x1b[31mde").text("m\xc3\xa4\nx");
  const auto decoded = decode_to_client(writer.view(), nullptr);
  REQUIRE(decoded.has_value());
  CHECK(std::get<Goodbye>(*decoded).code == "co?[31mde");
  CHECK(std::get<Goodbye>(*decoded).message == "m???x");
}

TEST_CASE("decode: a signature that no curve accepts is left to who checks it") {
  VoucherMessage voucher{samples::channel(), samples::amount(1), {}, {}};
  voucher.signature.data.fill(0xff);
  const auto decoded = decode_to_relay(samples::bytes_of(ToRelay{voucher}));
  REQUIRE(decoded.has_value());
  CHECK(std::get<VoucherMessage>(*decoded).signature == voucher.signature);
}
