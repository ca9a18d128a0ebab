#include "tests/bench/web_socket.hpp"

#include "protocol/wire/limits.hpp"

namespace ferry::bench {

std::string upgrade_request(const std::string& authority) {
  return std::string("GET ") + wire::kEndpointPath + " HTTP/1.1\r\nHost: " + authority +
         "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
         "Sec-WebSocket-Protocol: " + wire::kSubprotocol + "\r\n\r\n";
}

base::Result<std::optional<std::size_t>> read_upgrade(std::string_view received) {
  const auto end = received.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::optional<std::size_t>{};
  if (!received.starts_with("HTTP/1.1 101")) {
    return base::fail(base::peer_fault("upgrade", "the relay answered: " + base::printable(received.substr(0, received.find('\r')))));
  }
  return std::optional{end + 4};
}

base::Result<std::optional<Frame>> read_frame(base::ByteView buffer) {
  if (buffer.size() < 2) return std::optional<Frame>{};
  if ((buffer[0] & 0x80U) == 0 || (buffer[1] & 0x80U) != 0) return base::fail(base::peer_fault("frame", "a fragmented or masked frame came"));
  const std::uint8_t code = buffer[1];
  const std::size_t length_bytes = code == 127 ? 8 : code == 126 ? 2 : 0;
  if (buffer.size() < 2 + length_bytes) return std::optional<Frame>{};
  std::uint64_t length = code;
  if (length_bytes > 0) {
    length = 0;
    for (std::size_t i = 0; i < length_bytes; ++i) length = (length << 8U) | buffer[2 + i];
  }
  if (length > wire::kMaxMessageToClient) return base::fail(base::peer_fault("frame", "a frame above the protocol's limit came"));
  const std::size_t head = 2 + length_bytes;
  if (buffer.size() < head + length) return std::optional<Frame>{};
  return std::optional{Frame{static_cast<std::uint8_t>(buffer[0] & 0x0fU), buffer.subspan(head, length), head + length}};
}

base::Bytes frame_header(std::size_t size) {
  base::Bytes out{0x80U | kBinaryFrame};
  const auto push_length = [&](std::uint8_t code, int bytes) {
    out.push_back(static_cast<std::uint8_t>(0x80U | code));
    for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<std::uint8_t>((size >> (8U * static_cast<unsigned>(i))) & 0xffU));
  };
  if (size < 126) push_length(static_cast<std::uint8_t>(size), 0);
  else if (size < 65536) push_length(126, 2);
  else push_length(127, 8);
  out.insert(out.end(), 4, 0);  // the mask
  return out;
}

}  // namespace ferry::bench
