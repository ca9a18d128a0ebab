// What client and relay check about a quote and about a charge under it.

#include "pricing/quote.hpp"

#include <algorithm>
#include <string>

namespace ferry::pricing {

namespace {

using base::Amount;
using base::Result;

Result<void> fault(const char* code, std::string message) {
    return base::fail(base::peer_fault(code, std::move(message)));
}

Result<void> refuse(const char* code, std::string message) {
    return base::fail(base::refusal(code, std::move(message)));
}

/// As in 2026-11-20T11:30:00Z.
std::string utc(base::Time time) {
    const std::chrono::sys_seconds seconds{std::chrono::seconds{time.unix_seconds()}};
    const auto day = std::chrono::floor<std::chrono::days>(seconds);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{seconds - day};
    const auto two = [](auto value) {
        const std::string digits = std::to_string(value);
        return digits.size() < 2 ? "0" + digits : digits;
    };
    return std::to_string(int{date.year()}) + "-" + two(unsigned{date.month()}) + "-" +
           two(unsigned{date.day()}) + "T" + two(clock.hours().count()) + ":" + two(clock.minutes().count()) +
           ":" + two(clock.seconds().count()) + "Z";
}

bool has_price_above_limit(const Quote& quote) {
    return std::max({quote.hit_per_mib, quote.miss_per_mib, quote.tunnel_down_per_mib,
                     quote.tunnel_up_per_mib, quote.per_request}) > kMaxPrice;
}

Result<void> check_subject(const Quote& quote, const QuoteSubject& expected) {
    if (quote.request != expected.request) {
        return fault("quote_other_request", "the quote is for a request that was not made");
    }
    if (quote.payer != expected.payer) {
        return fault("quote_other_payer", "the quote is for " + quote.payer.to_eip55() +
                                              ", not for the payer " + expected.payer.to_eip55());
    }
    if (quote.chunk_bytes != expected.chunk_bytes) {
        return fault("quote_chunk_size", "the quote counts chunks of " + std::to_string(quote.chunk_bytes) +
                                             " bytes, the request has chunks of " +
                                             std::to_string(expected.chunk_bytes));
    }
    if (has_price_above_limit(quote)) {
        return fault("quote_price", "the quote holds a price above " + kMaxPrice.to_btt() + " BTT");
    }
    return {};
}

Result<void> check_clocks(const Quote& quote, base::Time now) {
    const std::string clocks =
        "the relay's clock said " + utc(quote.issued_at) + ", ours says " + utc(now) + ": ";
    if (now - quote.issued_at > kClockTolerance || quote.issued_at - now > kClockTolerance) {
        return refuse("quote_clock_skew", clocks + "set the clock that is wrong, or ask another relay");
    }
    if (now > quote.valid_until) {
        return refuse("quote_expired",
                      clocks + "the quote ended at " + utc(quote.valid_until) + ", ask for a new one");
    }
    return {};
}

/// By whole chunks, each rounded up on its own as it will be charged.
Amount price_by_chunks(Amount per_mib, std::uint64_t bytes, std::uint32_t chunk_bytes) {
    if (chunk_bytes == 0) return price_of(per_mib, bytes);
    const Amount whole = price_of(per_mib, chunk_bytes);
    return whole.times(bytes / chunk_bytes)
        .value_or(Amount::max())
        .plus_saturated(price_of(per_mib, bytes % chunk_bytes));
}

}  // namespace

Result<void> check_quote(const base::Hash256& domain_separator, const Quote& quote,
                         const base::Signature& signature, const QuoteSubject& expected, base::Time now) {
    if (quote.relay != expected.relay) {
        return fault("quote_signature", "the quote is an offer of another relay, " + quote.relay.to_eip55());
    }
    const auto is_signed =
        base::check_signature(quote_digest(domain_separator, quote), signature, expected.relay);
    if (!is_signed)
        return fault("quote_signature", "the relay did not sign this quote: " + is_signed.error().message);
    FERRY_CHECK(check_subject(quote, expected));
    return check_clocks(quote, now);
}

Result<void> check_acceptance(const Quote& quote, base::Time now) {
    const base::Time last = quote.valid_until + std::chrono::seconds{quote.grace_seconds};
    if (now <= last) return {};
    return refuse("quote_expired", "the quote could be accepted until " + utc(quote.valid_until) + " and " +
                                       std::to_string(quote.grace_seconds) + " s of grace, it is " +
                                       utc(now) + " here: ask for a new one");
}

Amount chunk_charge(const Quote& quote, ChunkSource source, std::uint64_t bytes) {
    return price_of(source == ChunkSource::hit ? quote.hit_per_mib : quote.miss_per_mib, bytes);
}

Amount estimate(const Quote& quote, std::uint64_t bytes, std::uint64_t cached) {
    const std::uint64_t hits = std::min(bytes, cached);
    return quote.per_request.plus_saturated(price_by_chunks(quote.hit_per_mib, hits, quote.chunk_bytes))
        .plus_saturated(price_by_chunks(quote.miss_per_mib, bytes - hits, quote.chunk_bytes));
}

Result<void> check_charge(const Quote& quote, ChunkSource source, std::uint64_t bytes, Amount charged) {
    if (bytes > quote.chunk_bytes) {
        return fault("charge_above_quote", "a chunk of " + std::to_string(bytes) +
                                               " bytes was charged, the quote has " +
                                               std::to_string(quote.chunk_bytes));
    }
    const Amount owed = chunk_charge(quote, source, bytes);
    if (charged <= owed) return {};
    return fault("charge_above_quote", "the relay charged " + charged.to_btt() + " BTT for a chunk of " +
                                           std::to_string(bytes) + " bytes that costs " + owed.to_btt() +
                                           " BTT by its quote: do not pay, keep the quote as evidence");
}

}  // namespace ferry::pricing
