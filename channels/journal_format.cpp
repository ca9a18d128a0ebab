#include "channels/journal_format.hpp"

#include <algorithm>

namespace ferry::channels::journal_format {
namespace {

constexpr std::array<std::uint8_t, 8> kMagic{'F', 'E', 'R', 'R', 'Y', 'J', 'N', 'L'};

template <std::size_t N>
std::array<std::uint8_t, N> little_endian(std::uint64_t value) {
  std::array<std::uint8_t, N> out{};
  for (std::size_t i = 0; i < N; ++i) out[i] = static_cast<std::uint8_t>(value >> (8 * i));
  return out;
}

std::uint32_t u32_at(base::ByteView bytes, std::size_t offset) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = (value << 8U) | bytes[offset + i];
  return value;
}

std::uint32_t head_check(std::uint64_t sequence, std::uint32_t length) {
  return base::crc32c(little_endian<4>(length), base::crc32c(little_endian<8>(sequence)));
}

void append(base::Bytes& out, base::ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

}  // namespace

std::array<std::uint8_t, kFileHeadBytes> file_head() {
  std::array<std::uint8_t, kFileHeadBytes> head{};
  std::ranges::copy(kMagic, head.begin());
  std::ranges::copy(little_endian<4>(kVersion), head.begin() + 8);
  std::ranges::copy(little_endian<4>(base::crc32c(base::ByteView{head}.first(12))), head.begin() + 12);
  return head;
}

void append_frame(base::Bytes& out, std::uint64_t sequence, base::ByteView payload) {
  const auto length = static_cast<std::uint32_t>(payload.size());
  const std::uint32_t check = head_check(sequence, length);
  append(out, little_endian<4>(length));
  append(out, little_endian<4>(check));
  append(out, payload);
  append(out, little_endian<4>(base::crc32c(payload, check)));
  out.push_back(kEndMark);
}

std::optional<std::size_t> payload_length(base::ByteView head, std::uint64_t sequence, std::size_t max_payload) {
  const std::uint32_t length = u32_at(head, 0);
  if (length == 0 || length > max_payload || u32_at(head, 4) != head_check(sequence, length)) return std::nullopt;
  return length;
}

bool is_whole(base::ByteView frame, std::uint64_t sequence) {
  const std::size_t length = frame.size() - kHeadBytes - kTailBytes;
  const std::uint32_t check = head_check(sequence, static_cast<std::uint32_t>(length));
  return frame.back() == kEndMark && u32_at(frame, kHeadBytes + length) == base::crc32c(frame.subspan(kHeadBytes, length), check);
}

}  // namespace ferry::channels::journal_format
