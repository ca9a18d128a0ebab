#include "pricing/witness_price.hpp"

#include <algorithm>
#include <string>

namespace ferry::pricing {

using base::Amount;

namespace {

Amount share_of(Amount per_mib, std::uint64_t share, std::uint64_t bytes) { return per_mib.scaled_up(bytes, share * kMib).value_or(Amount::max()); }

}  // namespace

Amount witness_charge(const Quote& quote, ChunkSource source, std::uint64_t bytes) {
  return source == ChunkSource::hit ? share_of(quote.hit_per_mib, kHeldWitnessShare, bytes) : share_of(quote.miss_per_mib, kFetchedWitnessShare, bytes);
}

Amount witness_per_mib(const Quote& quote) {
  return std::max(witness_charge(quote, ChunkSource::hit, kMib), witness_charge(quote, ChunkSource::miss, kMib));
}

base::Result<void> check_witness_charge(const Quote& quote, ChunkSource source, std::uint64_t bytes, Amount charged) {
  const Amount allowed = bytes <= quote.chunk_bytes ? witness_charge(quote, source, bytes) : Amount::zero();
  if (charged <= allowed) return {};
  return base::fail(base::peer_fault("charge_above_quote", "the relay charged " + charged.to_btt() + " BTT for its word on " + std::to_string(bytes) +
                                                               " bytes, which costs " + allowed.to_btt() +
                                                               " BTT by its quote: do not pay, keep the quote as evidence"));
}

}  // namespace ferry::pricing
