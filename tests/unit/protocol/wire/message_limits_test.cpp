// Every limit on a field, met exactly and passed by one.

#include <doctest/doctest.h>

#include <functional>

#include "protocol/base/pack.hpp"
#include "protocol/wire/limits.hpp"
#include "tests/unit/protocol/wire/message_samples.hpp"

using namespace ferry;
using namespace ferry::wire;
using base::StreamId;

namespace {

std::string code(const ToRelay& message) {
  const auto decoded = decode_to_relay(samples::bytes_of(message));
  return decoded ? "ok" : decoded.error().code;
}

std::string code(const ToClient& message) {
  const auto decoded = decode_to_client(samples::bytes_of(message), nullptr);
  return decoded ? "ok" : decoded.error().code;
}

std::string request_code(const std::function<void(Request&)>& change) {
  Request request = samples::request();
  change(request);
  return code(ToRelay{request});
}

std::string chunk_code(std::uint64_t index, std::uint8_t source, std::size_t bytes) {
  const base::Bytes content(bytes, 1);
  ChunkMessage chunk = samples::chunk();
  chunk.index = base::ChunkIndex{index};
  chunk.source = source;
  chunk.payload.bytes = content;
  return code(ToClient{chunk});
}

/// A hello with this text as it stands: the encoder would cut it.
std::string hello_code(const std::string& software) {
  base::PackWriter writer;
  writer.array(3).number(1).array(1).number(1).text(software);
  const auto decoded = decode_to_relay(writer.view());
  return decoded ? "ok" : decoded.error().code;
}

}  // namespace

TEST_CASE("message limits: whole messages") {
  const base::Bytes relay(kMaxMessageToRelay + 1, 0xc0);
  CHECK(decode_to_relay(relay).error().code == "message_too_large");
  CHECK(decode_to_relay(base::ByteView{relay}.first(kMaxMessageToRelay)).error().code == "pack_type");
  const base::Bytes client(kMaxMessageToClient + 1, 0xc0);
  CHECK(decode_to_client(client, nullptr).error().code == "message_too_large");
  CHECK(decode_to_client(base::ByteView{client}.first(kMaxMessageToClient), nullptr).error().code == "pack_type");
}

TEST_CASE("message limits: hello") {
  CHECK(code(ToRelay{Hello{std::vector<std::uint32_t>(kMaxVersions, 1), ""}}) == "ok");
  CHECK(code(ToRelay{Hello{std::vector<std::uint32_t>(kMaxVersions + 1, 1), ""}}) == "pack_limit");
  CHECK(code(ToRelay{Hello{{}, ""}}) == "message_field");
  CHECK(code(ToRelay{Hello{{0}, ""}}) == "message_field");
  CHECK(code(ToRelay{Hello{{UINT32_MAX}, ""}}) == "ok");
  CHECK(hello_code(std::string(kMaxText, 'x')) == "ok");
  CHECK(hello_code(std::string(kMaxText + 1, 'x')) == "pack_limit");
  CHECK(hello_code(std::string("a\0b", 3)) == "pack_value");
}

TEST_CASE("message limits: streams count from 1") {
  CHECK(code(ToRelay{Cancel{StreamId{0}}}) == "message_field");
  CHECK(code(ToRelay{Cancel{StreamId{1}}}) == "ok");
  CHECK(code(ToRelay{Cancel{StreamId{UINT32_MAX}}}) == "ok");
  CHECK(code(ToRelay{Accept{StreamId{0}, {}}}) == "message_field");
  CHECK(code(ToClient{Done{StreamId{0}}}) == "message_field");
  CHECK(request_code([](Request& r) { r.stream = StreamId{0}; }) == "message_field");
  base::PackWriter writer;
  writer.array(2).number(19).number(std::uint64_t{UINT32_MAX} + 1);
  CHECK(decode_to_relay(writer.view()).error().code == "message_field");
}

TEST_CASE("message limits: request") {
  const auto url = [](std::size_t size) { return [size](Request& r) { r.url = std::string(size, 'u'); }; };
  CHECK(request_code(url(kMaxUrl)) == "ok");
  CHECK(request_code(url(kMaxUrl + 1)) == "pack_limit");
  CHECK(request_code(url(0)) == "message_field");
  CHECK(request_code([](Request& r) { r.method = std::string(kMaxMethod, 'M'); }) == "ok");
  CHECK(request_code([](Request& r) { r.method = std::string(kMaxMethod + 1, 'M'); }) == "pack_limit");
  CHECK(request_code([](Request& r) { r.headers.assign(kMaxRequestHeaders, {"a", ""}); }) == "ok");
  CHECK(request_code([](Request& r) { r.headers.assign(kMaxRequestHeaders + 1, {"a", ""}); }) == "pack_limit");
  const auto headers = [](std::size_t size) { return [size](Request& r) { r.headers = {{"a", std::string(size - 3, 'x')}, {"b", "y"}}; }; };
  CHECK(request_code(headers(kMaxRequestHeaderBytes)) == "ok");
  CHECK(request_code(headers(kMaxRequestHeaderBytes + 1)) == "message_field");
  CHECK(request_code([](Request& r) { r.first_chunk = kMaxChunkIndex; }) == "ok");
  CHECK(request_code([](Request& r) { r.first_chunk = kMaxChunkIndex + 1; }) == "message_field");
  CHECK(request_code([](Request& r) { r.chunk_count = UINT64_MAX; }) == "ok");
  CHECK(request_code([](Request& r) { r.if_validator = std::string(kMaxValidator, 'v'); }) == "ok");
  CHECK(request_code([](Request& r) { r.if_validator = std::string(kMaxValidator + 1, 'v'); }) == "pack_limit");
  CHECK(request_code([](Request& r) { r.window = kMaxWindow; }) == "ok");
  CHECK(request_code([](Request& r) { r.window = kMaxWindow + 1; }) == "message_field");
  CHECK(request_code([](Request& r) { r.kind = StreamKind::fetch_once; }) == "ok");
  CHECK(request_code([](Request& r) { r.kind = StreamKind::witness_once; }) == "ok");
  CHECK(request_code([](Request& r) { r.kind = static_cast<StreamKind>(4); }) == "message_field");
}

TEST_CASE("message limits: window") {
  CHECK(code(ToRelay{Window{StreamId{1}, 0}}) == "message_field");
  CHECK(code(ToRelay{Window{StreamId{1}, 1}}) == "ok");
  CHECK(code(ToRelay{Window{StreamId{1}, kMaxWindow}}) == "ok");
  CHECK(code(ToRelay{Window{StreamId{1}, kMaxWindow + 1}}) == "message_field");
}

TEST_CASE("message limits: packed parts") {
  const auto config = [](std::size_t size) { return code(ToRelay{OpenChannel{base::Bytes(size, 1), {}}}); };
  CHECK(config(0) == "message_field");
  CHECK(config(kMaxPackedConfig) == "ok");
  CHECK(config(kMaxPackedConfig + 1) == "pack_limit");
  const auto quote = [](std::size_t size) { return code(ToClient{QuoteMessage{StreamId{1}, base::Bytes(size, 1), {}}}); };
  CHECK(quote(kMaxPackedQuote) == "ok");
  CHECK(quote(kMaxPackedQuote + 1) == "pack_limit");
  const auto manifest = [](std::size_t size) {
    return code(ToClient{ManifestMessage{StreamId{1}, false, base::Bytes(size, 1), {}, {}, false, {}}});
  };
  CHECK(manifest(kMaxPackedManifest) == "ok");
  CHECK(manifest(kMaxPackedManifest + 1) == "pack_limit");
}

TEST_CASE("message limits: hashes") {
  const auto hashes = [](std::uint64_t first, std::size_t count) {
    return code(ToClient{Hashes{StreamId{1}, first, std::vector<base::Hash256>(count)}});
  };
  CHECK(hashes(0, 0) == "message_field");
  CHECK(hashes(0, kMaxHashesPerMessage) == "ok");
  CHECK(hashes(0, kMaxHashesPerMessage + 1) == "pack_limit");
  CHECK(hashes(kMaxChunkIndex, 1) == "ok");
  CHECK(hashes(kMaxChunkIndex + 1, 1) == "message_field");
  base::PackWriter writer;
  writer.array(4).number(22).number(1).number(0).bytes(base::Bytes(33, 1));
  CHECK(decode_to_client(writer.view(), nullptr).error().code == "message_field");
}

TEST_CASE("message limits: chunk") {
  CHECK(chunk_code(0, 0, kMaxChunkPayload) == "ok");
  CHECK(chunk_code(0, 0, kMaxChunkPayload + 1) == "pack_limit");
  CHECK(chunk_code(0, 0, 0) == "message_field");
  CHECK(chunk_code(kMaxChunkIndex, 0, 1) == "ok");
  CHECK(chunk_code(kMaxChunkIndex + 1, 0, 1) == "message_field");
  CHECK(chunk_code(0, 1, 1) == "ok");
  CHECK(chunk_code(0, 2, 1) == "message_field");
}

TEST_CASE("message limits: a tunnel's request") {
  const auto asked = [](const std::function<void(OpenTunnel&)>& change) {
    OpenTunnel tunnel{StreamId{1}, {}, {}, "example.org", 443, {}, 0};
    change(tunnel);
    return code(ToRelay{tunnel});
  };
  CHECK(asked([](OpenTunnel& t) { t.host = std::string(kMaxTunnelHost, 'h'); }) == "ok");
  CHECK(asked([](OpenTunnel& t) { t.host = std::string(kMaxTunnelHost + 1, 'h'); }) == "pack_limit");
  CHECK(asked([](OpenTunnel& t) { t.host = ""; }) == "message_field");
  CHECK(asked([](OpenTunnel& t) { t.host = std::string("a\0b", 3); }) == "pack_value");
  CHECK(asked([](OpenTunnel& t) { t.port = 0; }) == "message_field");
  CHECK(asked([](OpenTunnel& t) { t.port = 1; }) == "ok");
  CHECK(asked([](OpenTunnel& t) { t.port = 65'535; }) == "ok");
  CHECK(asked([](OpenTunnel& t) { t.window = kMaxWindow; }) == "ok");
  CHECK(asked([](OpenTunnel& t) { t.window = kMaxWindow + 1; }) == "message_field");
  CHECK(asked([](OpenTunnel& t) { t.stream = StreamId{0}; }) == "message_field");
  base::PackWriter writer;
  writer.array(8).number(26).number(1).bytes(base::Bytes(32, 1)).amount({}).text("h").number(65'536).nil().number(0);
  CHECK(decode_to_relay(writer.view()).error().code == "message_field");
}

TEST_CASE("message limits: what a tunnel carries at once, which is less towards the relay") {
  const auto carried = [](std::size_t size) {
    const base::Bytes content(size, 1);
    const TunnelData message{StreamId{1}, Payload{nullptr, content}};
    return code(ToRelay{message}) + ", " + code(ToClient{message});
  };
  CHECK(carried(0) == "message_field, message_field");
  CHECK(carried(1) == "ok, ok");
  CHECK(carried(kMaxUpPayload) == "ok, ok");
  CHECK(carried(kMaxUpPayload + 1) == "message_field, ok");
  CHECK(carried(kMaxChunkPayload) == "message_too_large, ok");
  CHECK(carried(kMaxChunkPayload + 1) == "message_too_large, pack_limit");
}

TEST_CASE("message limits: the rest of a tunnel") {
  CHECK(code(ToClient{TunnelOpened{StreamId{0}}}) == "message_field");
  CHECK(code(ToClient{Window{StreamId{1}, 0}}) == "message_field");
  CHECK(code(ToClient{Window{StreamId{1}, kMaxWindow}}) == "ok");
  CHECK(code(ToClient{Window{StreamId{1}, kMaxWindow + 1}}) == "message_field");
  CHECK(code(ToClient{TunnelMeter{StreamId{1}, UINT64_MAX, UINT64_MAX, base::Amount::max(), base::Amount::max()}}) == "ok");
  CHECK(code(ToClient{TunnelMeter{StreamId{0}, 0, 0, {}, {}}}) == "message_field");
  base::PackWriter writer;
  writer.array(3).number(29).number(1).number(1);
  CHECK(decode_to_relay(writer.view()).error().code == "pack_type");
}

TEST_CASE("message limits: ledger calls") {
  CHECK(code(ToRelay{LedgerCall{0, "m", ""}}) == "message_field");
  CHECK(code(ToRelay{LedgerCall{1, std::string(kMaxText, 'm'), std::string(kMaxLedgerBody, 'b')}}) == "ok");
  CHECK(code(ToRelay{LedgerCall{1, std::string(kMaxText + 1, 'm'), ""}}) == "pack_limit");
  CHECK(code(ToRelay{LedgerCall{1, "m", std::string(kMaxLedgerBody + 1, 'b')}}) == "pack_limit");
  CHECK(code(ToClient{LedgerReply{0, ""}}) == "message_field");
  CHECK(code(ToClient{LedgerReply{1, std::string(kMaxLedgerBody, 'b')}}) == "ok");
  CHECK(code(ToClient{LedgerReply{1, std::string(kMaxLedgerBody + 1, 'b')}}) == "pack_limit");
}

TEST_CASE("message limits: numbers that name something") {
  const auto refused = [](std::uint64_t kind) {
    base::PackWriter writer;
    writer.array(6).number(25).number(1).number(kind).text("c").text("m").number(0);
    const auto decoded = decode_to_client(writer.view(), nullptr);
    return decoded ? "ok" : decoded.error().code;
  };
  CHECK(refused(3) == "ok");
  CHECK(refused(4) == "message_field");
  CHECK(refused(256) == "message_field");

  Welcome welcome = samples::welcome();
  welcome.now = base::Time{253'402'300'799'999};
  CHECK(code(ToClient{welcome}) == "ok");
  welcome.now = base::Time{253'402'300'800'000};
  CHECK(code(ToClient{welcome}) == "message_field");
  welcome.now = base::Time{};
  welcome.version = 0;
  CHECK(code(ToClient{welcome}) == "message_field");
}

TEST_CASE("message limits: values of fixed size") {
  const auto accept = [](std::size_t size) {
    base::PackWriter writer;
    writer.array(3).number(17).number(1).bytes(base::Bytes(size, 1));
    const auto decoded = decode_to_relay(writer.view());
    return decoded ? "ok" : decoded.error().code;
  };
  CHECK(accept(31) == "pack_value");
  CHECK(accept(32) == "ok");
  CHECK(accept(33) == "pack_limit");
  const auto authenticate = [](std::size_t address, std::size_t signature) {
    base::PackWriter writer;
    writer.array(3).number(3).bytes(base::Bytes(address, 1)).bytes(base::Bytes(signature, 1));
    const auto decoded = decode_to_relay(writer.view());
    return decoded ? "ok" : decoded.error().code;
  };
  CHECK(authenticate(20, 65) == "ok");
  CHECK(authenticate(19, 65) == "pack_value");
  CHECK(authenticate(21, 65) == "pack_limit");
  CHECK(authenticate(20, 64) == "message_field");
  CHECK(authenticate(20, 66) == "pack_limit");
}
