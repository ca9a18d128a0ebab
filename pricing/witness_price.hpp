#pragma once
// What a relay's word about a chunk costs under a quote, when its hash is sent and not its bytes: a fixed share of the chunk's price, so that no
// tariff can make it dearer than the chunk. docs/pricing.md says why these shares. Both sides compute it, so a charge above it is provable.

#include <cstdint>

#include "pricing/quote.hpp"

namespace ferry::pricing {

/// Of a chunk that the relay holds, or of which it remembers the hash: nothing comes in and nothing goes out.
inline constexpr std::uint64_t kHeldWitnessShare = 64;
/// Of one that it must fetch: it comes in, and does not go out.
inline constexpr std::uint64_t kFetchedWitnessShare = 4;

/// ceil(price per MiB * bytes / (share * 2^20)), rounded up once.
base::Amount witness_charge(const Quote& quote, ChunkSource source, std::uint64_t bytes);

/// A price per MiB that is not below any witness_charge(): what is reserved while nobody knows what the relay holds.
base::Amount witness_per_mib(const Quote& quote);

/// Above by one unit is refused: peer_fault "charge_above_quote"; also anything for more bytes than a chunk has.
base::Result<void> check_witness_charge(const Quote& quote, ChunkSource source, std::uint64_t bytes, base::Amount charged);

}  // namespace ferry::pricing
