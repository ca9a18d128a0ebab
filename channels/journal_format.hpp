#pragma once
// The bytes of a journal file (docs/payments.md, "Journal format"): how a record is framed and how a frame tells whether it is whole. Pure; used
// by Journal and its reader.
//
//   file   = "FERRYJNL" version:u32 check:u32 frame* zero*
//   frame  = length:u32 head_check:u32 payload[length] check:u32 end_mark:u8          (integers little-endian)
//   head_check = crc32c(sequence:u64 ‖ length:u32), check = crc32c(sequence ‖ length ‖ payload); sequence counts frames from 0, unwritten
//
// The head has a check of its own so that a damaged length is never taken for a record that a crash cut short, and the end mark is not zero so
// that a whole frame is never taken for one that ends in unwritten zeros.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "protocol/base/bytes.hpp"

namespace ferry::channels::journal_format {

inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::size_t kFileHeadBytes = 16;
inline constexpr std::size_t kHeadBytes = 8;
inline constexpr std::size_t kTailBytes = 5;
inline constexpr std::uint8_t kEndMark = 0xF1;

std::array<std::uint8_t, kFileHeadBytes> file_head();

/// Appends the frame of `payload` to `out`.
void append_frame(base::Bytes& out, std::uint64_t sequence, base::ByteView payload);

/// The payload's length, if `head` (kHeadBytes) is whole, belongs at this place and is within `max_payload`.
std::optional<std::size_t> payload_length(base::ByteView head, std::uint64_t sequence, std::size_t max_payload);

/// `frame`: head, payload and tail.
bool is_whole(base::ByteView frame, std::uint64_t sequence);

}  // namespace ferry::channels::journal_format
