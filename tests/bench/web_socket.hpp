#pragma once
// The WebSocket of ferry.1 as a load program needs it: whole unfragmented frames over a buffer. Source: RFC 6455. Not for real clients: the
// mask is zero, which saves the load core a pass and hides nothing that TLS does not hide.

#include <optional>
#include <string>
#include <string_view>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

namespace ferry::bench {

/// The upgrade request for GET /ferry.
std::string upgrade_request(const std::string& authority);
/// Bytes of the answer's head; nullopt while it is incomplete. Error: peer_fault "upgrade" when it is not 101.
base::Result<std::optional<std::size_t>> read_upgrade(std::string_view received);

struct Frame {
  std::uint8_t opcode = 0;
  base::ByteView payload;  ///< within the buffer
  std::size_t size = 0;    ///< of the whole frame
};
inline constexpr std::uint8_t kBinaryFrame = 2;
inline constexpr std::uint8_t kCloseFrame = 8;

/// The first frame of the buffer; nullopt while it is incomplete. Errors: peer_fault "frame" (fragmented, masked).
base::Result<std::optional<Frame>> read_frame(base::ByteView buffer);
/// Header of a client's frame of `size` payload bytes.
base::Bytes frame_header(std::size_t size);

}  // namespace ferry::bench
