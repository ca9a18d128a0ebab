#include "client/transport/websocket_handshake.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "protocol/base/bytes.hpp"
#include "protocol/wire/limits.hpp"

namespace ferry::client {

namespace {

std::string base64(base::ByteView bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

std::string random_key() {
  std::array<std::uint8_t, 16> nonce{};
  base::fill_random(nonce);
  return base64(nonce);
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// The value of a field in the lines of a header, without the status line. Empty when it is missing.
std::string_view field(std::string_view lines, std::string_view name) {
  while (!lines.empty()) {
    const auto end = lines.find("\r\n");
    const auto line = lines.substr(0, end);
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && equal_ignoring_case(line.substr(0, colon), name)) return trimmed(line.substr(colon + 1));
    if (end == std::string_view::npos) break;
    lines.remove_prefix(end + 2);
  }
  return {};
}

base::Unexpected no_relay(const std::string& what) {
  return base::fail(base::peer_fault("websocket_handshake", "this is no Ferry relay: " + what + "; check host and port of the relay reference"));
}

base::Unexpected refused(std::string_view status) {
  if (status == "503" || status == "429") {
    return base::fail(base::environment("relay_busy", "the relay takes no more connections now (HTTP " + std::string(status) + "): try later or use another one"));
  }
  return base::fail(base::refusal("relay_refused", "the relay refuses a session (HTTP " + base::printable(status, 3) + "): use another one"));
}

}  // namespace

WebsocketHandshake::WebsocketHandshake(const std::string& authority) : WebsocketHandshake(authority, random_key()) {}

WebsocketHandshake::WebsocketHandshake(const std::string& authority, std::string key) : key_(std::move(key)) {
  request_ = "GET " + std::string(wire::kEndpointPath) + " HTTP/1.1\r\nHost: " + authority +
             "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key_ +
             "\r\nSec-WebSocket-Protocol: " + wire::kSubprotocol + "\r\n\r\n";
}

std::string WebsocketHandshake::accept_value(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<std::uint8_t, SHA_DIGEST_LENGTH> digest{};
  unsigned int length = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha1(), nullptr);
  return base64(digest);
}

base::Result<std::size_t> WebsocketHandshake::read_response(std::string_view received) const {
  constexpr std::string_view kStart = "HTTP/1.1 ";
  const auto seen = received.substr(0, kStart.size());
  if (seen != kStart.substr(0, seen.size())) return no_relay("it does not answer in HTTP/1.1");
  const auto end = received.substr(0, kMaxResponseBytes).find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (received.size() >= kMaxResponseBytes) return no_relay("its answer has no end");
    return 0;
  }
  const auto status = received.substr(kStart.size(), 3);
  if (status != "101") return refused(status);
  const auto first_line = received.find("\r\n");
  const auto lines = received.substr(std::min(first_line, end) + 2, end - std::min(first_line, end));
  if (!equal_ignoring_case(field(lines, "Upgrade"), "websocket")) return no_relay("it does not upgrade to a WebSocket");
  if (field(lines, "Sec-WebSocket-Accept") != accept_value(key_)) return no_relay("its answer belongs to another request");
  if (field(lines, "Sec-WebSocket-Protocol") != wire::kSubprotocol) return no_relay("it does not speak " + std::string(wire::kSubprotocol));
  if (!field(lines, "Sec-WebSocket-Extensions").empty()) return no_relay("it wants an extension that was not offered");
  return end + 4;
}

}  // namespace ferry::client
