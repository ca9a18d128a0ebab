#pragma once
// WebSocket framing for a client (RFC 6455), without a socket: whole binary messages are read straight into pooled buffers, so that a chunk is
// copied once between TLS and its reader; what is sent is masked. Extensions are not spoken.

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

#include "client/transport/message_pool.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

namespace ferry::client {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// Appends one whole, masked frame to `out`; the payload is the two views one after the other. The mask comes from the system's random
/// generator. Source: RFC 6455 section 5.3.
void write_frame(Opcode opcode, base::ByteView first, base::ByteView second, base::Bytes& out);

/// One whole message; `bytes` lies in the buffer that `owner` keeps.
struct ReceivedMessage {
  std::shared_ptr<const void> owner;
  base::ByteView bytes;
};

class FrameReader {
 public:
  /// Fills a part of the buffer with the next bytes of the stream; 0 when there are none now.
  using Source = std::function<base::Result<std::size_t>(base::MutableByteView)>;

  explicit FrameReader(MessagePool& pool) : pool_(pool) {}

  /// The next whole binary message; nullopt when the source has no more bytes or the relay closed. Errors: the source's, and peer_fault
  /// "websocket" (masked, reserved bits, text, wrong order, too long).
  base::Result<std::optional<ReceivedMessage>> next(const Source& source);

  /// The payload of a ping that was read and not yet answered.
  std::optional<base::Bytes> take_ping();
  /// The relay sent a close frame.
  bool closed() const { return closed_; }
  /// Gives the buffer back while nothing is half read.
  void release();

 private:
  enum class Step { header, extended_length, payload };
  base::Result<bool> advance(const Source& source);
  base::Result<bool> fill(const Source& source, base::MutableByteView whole, std::size_t& filled);
  base::Result<void> begin_frame();
  base::Result<void> begin_payload(std::uint64_t length);
  void end_frame();

  MessagePool& pool_;
  Step step_ = Step::header;
  std::uint8_t header_[10]{};       // two bytes, then up to eight of length
  std::size_t header_filled_ = 0;
  std::size_t length_bytes_ = 0;
  Opcode opcode_ = Opcode::continuation;
  bool final_ = false;
  std::size_t payload_size_ = 0;
  std::size_t payload_filled_ = 0;
  std::uint8_t control_[125]{};     // the largest control payload
  std::shared_ptr<std::uint8_t> buffer_;
  std::size_t message_size_ = 0;    // of the frames before this one
  bool in_message_ = false;
  bool complete_ = false;
  std::optional<base::Bytes> ping_;
  bool closed_ = false;
};

}  // namespace ferry::client
