// Any bytes as a quote: what is accepted reads back as itself, and no arithmetic with it overflows or
// contradicts itself.

#include "pricing/quote.hpp"
#include "tests/fuzz/require.hpp"

#include <algorithm>

using namespace ferry;
using base::Amount;
using fuzz::require;
using pricing::ChunkSource;
using pricing::Quote;

namespace {

void check_charges(const Quote& quote, ChunkSource source) {
    const Amount charge = pricing::chunk_charge(quote, source, quote.chunk_bytes);
    const Amount above = charge.plus(Amount::from_units(1)).value();
    require(pricing::check_charge(quote, source, quote.chunk_bytes, charge).has_value(),
            "the charge is accepted");
    require(!pricing::check_charge(quote, source, quote.chunk_bytes, above).has_value(),
            "one unit above is refused");
    require(!pricing::check_charge(quote, source, std::uint64_t{quote.chunk_bytes} + 1, charge).has_value(),
            "no chunk is longer than chunks are");
}

void check_estimates(const Quote& quote) {
    const Amount all = pricing::estimate(quote, quote.known_bytes, quote.cached_bytes);
    require(all >= quote.per_request && all < Amount::max(), "an estimate holds the fee and fits");
    const Amount dearest =
        pricing::price_of(std::max(quote.hit_per_mib, quote.miss_per_mib), quote.known_bytes);
    const auto bound = dearest.plus(quote.per_request)->plus(Amount::from_units(quote.known_bytes + 2));
    require(all <= *bound, "rounding adds less than a unit per chunk");
}

void check_times(const Quote& quote) {
    const base::Time last = quote.valid_until + std::chrono::seconds{quote.grace_seconds};
    require(pricing::check_acceptance(quote, last).has_value(), "it is accepted in its last moment");
    require(!pricing::check_acceptance(quote, last + base::Duration{1}).has_value(), "and not after it");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto quote = pricing::unpack_quote({data, size});
    if (!quote) {
        require(quote.error().kind == base::ErrorKind::peer_fault, "bad bytes are the peer's fault");
        return 0;
    }
    const base::Bytes packed = pricing::pack(*quote);
    require(packed.size() <= size, "the packed form is the shortest");
    require(pricing::unpack_quote(packed) == *quote, "a quote reads back as itself");
    check_charges(*quote, ChunkSource::hit);
    check_charges(*quote, ChunkSource::miss);
    check_estimates(*quote);
    check_times(*quote);
    const pricing::QuoteSubject expected{.relay = quote->relay,
                                         .payer = quote->payer,
                                         .request = quote->request,
                                         .chunk_bytes = quote->chunk_bytes,
                                         .policy_hash = {}};
    require(!pricing::check_quote({}, *quote, base::Signature{}, expected, quote->issued_at).has_value(),
            "nothing unsigned is accepted");
    return 0;
}
