#include "client/transport/websocket_frames.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "protocol/wire/limits.hpp"

namespace ferry::client {

namespace {

constexpr std::uint8_t kFinal = 0x80;
constexpr std::uint8_t kReserved = 0x70;
constexpr std::uint8_t kMasked = 0x80;
constexpr std::size_t kMaxControl = 125;

base::Unexpected broken_frame(const std::string& what) {
  return base::fail(base::peer_fault("websocket", "the relay breaks the WebSocket protocol: " + what));
}

bool is_control(Opcode opcode) { return static_cast<std::uint8_t>(opcode) >= 8; }

void write_length(std::size_t length, base::Bytes& out) {
  const auto put = [&out, length](int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(std::uint64_t{length} >> shift));
  };
  if (length < 126) {
    out.push_back(static_cast<std::uint8_t>(kMasked | length));
  } else if (length <= 0xffff) {
    out.push_back(kMasked | 126);
    put(2);
  } else {
    out.push_back(kMasked | 127);
    put(8);
  }
}

/// RFC 6455, section 5.3, eight bytes at a time: byte by byte it would cost more than encrypting. `at`: how many bytes of the frame came before.
void put_masked(base::ByteView bytes, const std::array<std::uint8_t, 4>& mask, std::size_t at, std::uint8_t* out) {
  std::array<std::uint8_t, 8> turned{};
  for (std::size_t i = 0; i < turned.size(); ++i) turned[i] = mask[(at + i) % 4];
  std::uint64_t key = 0;
  std::memcpy(&key, turned.data(), sizeof key);
  std::size_t i = 0;
  for (; i + sizeof key <= bytes.size(); i += sizeof key) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, bytes.data() + i, sizeof eight);
    eight ^= key;
    std::memcpy(out + i, &eight, sizeof eight);
  }
  for (; i < bytes.size(); ++i) out[i] = static_cast<std::uint8_t>(bytes[i] ^ turned[i % 8]);
}

}  // namespace

void write_frame(Opcode opcode, base::ByteView first, base::ByteView second, base::Bytes& out) {
  const std::size_t length = first.size() + second.size();
  out.push_back(static_cast<std::uint8_t>(kFinal | static_cast<std::uint8_t>(opcode)));
  write_length(length, out);
  std::array<std::uint8_t, 4> mask{};
  base::fill_random(mask);
  out.insert(out.end(), mask.begin(), mask.end());
  const std::size_t payload = out.size();
  out.resize(payload + length);
  put_masked(first, mask, 0, out.data() + payload);
  put_masked(second, mask, first.size(), out.data() + payload + first.size());
}

base::Result<std::optional<ReceivedMessage>> FrameReader::next(const Source& source) {
  while (!closed_) {
    FERRY_TRY(const bool more, advance(source));
    if (!more) break;
    if (!std::exchange(complete_, false)) continue;
    const base::ByteView bytes{buffer_.get(), std::exchange(message_size_, 0)};
    return ReceivedMessage{std::shared_ptr<const void>(std::exchange(buffer_, nullptr)), bytes};
  }
  return std::nullopt;
}

/// One step further; false when the source ran dry.
base::Result<bool> FrameReader::advance(const Source& source) {
  switch (step_) {
    case Step::header: {
      FERRY_TRY(const bool whole, fill(source, {header_, 2}, header_filled_));
      if (!whole) return false;
      FERRY_CHECK(begin_frame());
      return true;
    }
    case Step::extended_length: {
      FERRY_TRY(const bool whole, fill(source, {header_, 2 + length_bytes_}, header_filled_));
      if (!whole) return false;
      std::uint64_t length = 0;
      for (std::size_t i = 0; i < length_bytes_; ++i) length = (length << 8U) | header_[2 + i];
      FERRY_CHECK(begin_payload(length));
      return true;
    }
    case Step::payload: break;
  }
  std::uint8_t* const start = is_control(opcode_) ? control_ : buffer_.get() + message_size_;
  FERRY_TRY(const bool whole, fill(source, {start, payload_size_}, payload_filled_));
  if (whole) end_frame();
  return whole;
}

base::Result<bool> FrameReader::fill(const Source& source, base::MutableByteView whole, std::size_t& filled) {
  while (filled < whole.size()) {
    FERRY_TRY(const std::size_t count, source(whole.subspan(filled)));
    if (count == 0) return false;
    filled += count;
  }
  return true;
}

base::Result<void> FrameReader::begin_frame() {
  final_ = (header_[0] & kFinal) != 0;
  opcode_ = static_cast<Opcode>(header_[0] & 0x0fU);
  if ((header_[0] & kReserved) != 0) return broken_frame("reserved bits are set");
  if ((header_[1] & kMasked) != 0) return broken_frame("a frame of the server is masked");
  switch (opcode_) {
    case Opcode::continuation:
      if (!in_message_) return broken_frame("a continuation without a beginning");
      break;
    case Opcode::binary:
      if (in_message_) return broken_frame("a message begins inside another one");
      break;
    case Opcode::close:
    case Opcode::ping:
    case Opcode::pong:
      if (!final_) return broken_frame("a control frame is cut in parts");
      break;
    default: return broken_frame("only binary messages are spoken here");
  }
  const std::size_t length = header_[1] & 0x7fU;
  if (length < 126) return begin_payload(length);
  length_bytes_ = length == 126 ? 2 : 8;
  step_ = Step::extended_length;
  return {};
}

base::Result<void> FrameReader::begin_payload(std::uint64_t length) {
  const std::size_t limit = is_control(opcode_) ? kMaxControl : wire::kMaxMessageToClient - message_size_;
  if (length > limit) return broken_frame("a message is longer than any that is allowed");
  if (!is_control(opcode_) && !buffer_) buffer_ = pool_.take();
  payload_size_ = static_cast<std::size_t>(length);
  payload_filled_ = 0;
  step_ = Step::payload;
  return {};
}

void FrameReader::end_frame() {
  step_ = Step::header;
  header_filled_ = 0;
  if (opcode_ == Opcode::close) {
    closed_ = true;
  } else if (opcode_ == Opcode::ping) {
    ping_ = base::Bytes(control_, control_ + payload_size_);
  } else if (!is_control(opcode_)) {
    message_size_ += payload_size_;
    in_message_ = !final_;
    complete_ = final_;
  }
}

std::optional<base::Bytes> FrameReader::take_ping() { return std::exchange(ping_, std::nullopt); }

void FrameReader::release() {
  if (message_size_ == 0 && !in_message_ && step_ == Step::header) buffer_.reset();
}

}  // namespace ferry::client
