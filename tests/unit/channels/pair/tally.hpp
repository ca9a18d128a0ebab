#pragma once
// Tally: what happened in simulated runs, so that a test can tell that the interesting things did.

#include <cstdint>

namespace ferry::channels::test {

struct Tally {
  std::uint64_t charged = 0;
  std::uint64_t redelivered = 0;
  std::uint64_t need_voucher = 0;
  std::uint64_t vouchers = 0;
  std::uint64_t lost_records = 0;   ///< crashes with records that were not durable yet
  std::uint64_t lost_bytes = 0;     ///< chunks that were counted and whose bytes a crash took
  std::uint64_t not_counted = 0;    ///< of these, redelivered without being counted again
  std::uint64_t adopted = 0;        ///< losses that were not zero
  std::uint64_t closed = 0;         ///< channels that were emptied
  std::uint64_t refunded = 0;       ///< of channels that were closed by agreement
  std::uint64_t lost_links = 0;
};

}  // namespace ferry::channels::test
