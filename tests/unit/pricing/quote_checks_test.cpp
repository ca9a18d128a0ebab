#include "pricing/quote.hpp"
#include "tests/unit/pricing/quote_samples.hpp"
#include "tests/unit/protocol/base/code_of.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace ferry;
using base::Amount;
using base::code_of;
using base::Duration;
using pricing::ChunkSource;
using pricing::Quote;

namespace {

constexpr std::uint64_t kQuotedChunk = 262'144;

/// A relay with a key, and the client that asked it.
struct Deal {
    base::SecretKey key = pricing::key_of(9);
    pricing::QuoteSubject subject = [this] {
        pricing::QuoteSubject made = pricing::vector_subject();
        made.relay = key.address();
        return made;
    }();
    Quote quote = pricing::make_quote(pricing::Tariff::standard(), subject, pricing::kIssued, {});

    base::Result<void> check(base::Time now = pricing::kIssued) const {
        const auto signature = key.sign(pricing::quote_digest(pricing::test_domain(), quote));
        return pricing::check_quote(pricing::test_domain(), quote, signature, subject, now);
    }
};

base::Time issued_plus(std::int64_t ms) {
    return pricing::kIssued + Duration{ms};
}

}  // namespace

TEST_CASE("quote check: the quote that was asked for is accepted") {
    CHECK(code_of(Deal{}.check()) == "ok");
}

TEST_CASE("quote check: estimates and policy are the relay's to say") {
    Deal deal;
    deal.subject.known_bytes = 1;
    deal.subject.cached_bytes = 0;
    deal.subject.policy_hash = {};
    CHECK(code_of(deal.check()) == "ok");
}

TEST_CASE("quote check: a quote that the relay did not sign is refused") {
    const Deal deal;
    const auto code_with = [&](const base::Signature& signature) {
        return code_of(pricing::check_quote(pricing::test_domain(), deal.quote, signature, deal.subject,
                                            pricing::kIssued));
    };
    const auto digest = pricing::quote_digest(pricing::test_domain(), deal.quote);
    CHECK(code_with(pricing::key_of(10).sign(digest)) == "quote_signature");
    CHECK(code_with(deal.key.sign(pricing::quote_digest({}, deal.quote))) == "quote_signature");
    CHECK(code_with(base::Signature{}) == "quote_signature");
    CHECK(code_with(deal.key.sign(digest)) == "ok");
}

TEST_CASE("quote check: an offer of another relay is refused, however well it is signed") {
    Deal deal;
    deal.quote.relay = pricing::key_of(10).address();
    CHECK(code_of(deal.check()) == "quote_signature");
    deal.key = pricing::key_of(10);
    CHECK(code_of(deal.check()) == "quote_signature");
}

TEST_CASE("quote check: another request, payer or chunk size is refused as a fault") {
    const auto code_after = [](auto change) {
        Deal deal;
        change(deal.quote);
        const auto refused = deal.check();
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().kind == base::ErrorKind::peer_fault);
        return refused.error().code;
    };
    CHECK(code_after([](Quote& q) { q.request.data[0] ^= 1U; }) == "quote_other_request");
    CHECK(code_after([](Quote& q) { q.payer.data[0] ^= 1U; }) == "quote_other_payer");
    CHECK(code_after([](Quote& q) { q.chunk_bytes = 16'384; }) == "quote_chunk_size");
    const Amount above = Amount::from_units(pricing::kMaxPrice.units() + 1);
    CHECK(code_after([&](Quote& q) { q.tunnel_up_per_mib = above; }) == "quote_price");
    CHECK(code_after([&](Quote& q) { q.per_request = above; }) == "quote_price");
}

TEST_CASE("quote check: clocks may differ by the tolerance, not by a millisecond more") {
    const Deal deal;
    CHECK(code_of(deal.check(issued_plus(30'000))) == "ok");
    CHECK(code_of(deal.check(issued_plus(-30'000))) == "ok");
    CHECK(code_of(deal.check(issued_plus(30'001))) == "quote_clock_skew");
    CHECK(code_of(deal.check(issued_plus(-30'001))) == "quote_clock_skew");
}

TEST_CASE("quote check: a clock that is two minutes wrong is told both times and what to do") {
    const auto refused = Deal{}.check(issued_plus(120'000));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().kind == base::ErrorKind::refusal);
    CHECK(refused.error().code == "quote_clock_skew");
    CHECK(refused.error().message ==
          "the relay's clock said 2025-11-20T00:53:20Z, ours says 2025-11-20T00:55:20Z: set the clock that "
          "is wrong, or "
          "ask another relay");
    CHECK(Deal{}.check(issued_plus(-120'000)).error().message.find("ours says 2025-11-20T00:51:20Z") !=
          std::string::npos);
}

TEST_CASE("quote check: a quote that has ended is refused, to the millisecond") {
    Deal deal;
    deal.quote.valid_until = issued_plus(10'000);
    CHECK(code_of(deal.check(issued_plus(10'000))) == "ok");
    const auto refused = deal.check(issued_plus(10'001));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().kind == base::ErrorKind::refusal);
    CHECK(refused.error().code == "quote_expired");
    CHECK(refused.error().message.find("ended at 2025-11-20T00:53:30Z, ask for a new one") !=
          std::string::npos);
}

TEST_CASE("quote acceptance: it is honoured through validity and grace, and not later") {
    const Quote quote = Deal{}.quote;
    CHECK(code_of(pricing::check_acceptance(quote, issued_plus(0))) == "ok");
    CHECK(code_of(pricing::check_acceptance(quote, issued_plus(60'000))) == "ok");
    CHECK(code_of(pricing::check_acceptance(quote, issued_plus(90'000))) == "ok");
    const auto refused = pricing::check_acceptance(quote, issued_plus(90'001));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().kind == base::ErrorKind::refusal);
    CHECK(refused.error().code == "quote_expired");
    CHECK(refused.error().message ==
          "the quote could be accepted until 2025-11-20T00:54:20Z and 30 s of grace, it is "
          "2025-11-20T00:54:50Z here: ask "
          "for a new one");
}

TEST_CASE("charge: hits and misses have their prices") {
    const Quote quote = Deal{}.quote;
    CHECK(pricing::chunk_charge(quote, ChunkSource::hit, kQuotedChunk) == Amount::btt(25));
    CHECK(pricing::chunk_charge(quote, ChunkSource::miss, kQuotedChunk) == Amount::btt(50));
    CHECK(pricing::chunk_charge(quote, ChunkSource::miss, 0) == Amount::zero());
}

TEST_CASE("charge: the quoted price or less is accepted, one unit above is refused") {
    Quote quote = Deal{}.quote;
    quote.hit_per_mib = Amount::from_units(123'456'789'012'345'677);
    for (const std::uint64_t bytes : {std::uint64_t{1}, std::uint64_t{7}, kQuotedChunk - 1, kQuotedChunk}) {
        for (const ChunkSource source : {ChunkSource::hit, ChunkSource::miss}) {
            const Amount owed = pricing::chunk_charge(quote, source, bytes);
            const Amount above = Amount::from_units(owed.units() + 1);
            CHECK(code_of(pricing::check_charge(quote, source, bytes, owed)) == "ok");
            CHECK(code_of(pricing::check_charge(quote, source, bytes, Amount::zero())) == "ok");
            CHECK(code_of(pricing::check_charge(quote, source, bytes, above)) == "charge_above_quote");
        }
    }
    const auto refused = pricing::check_charge(quote, ChunkSource::miss, kQuotedChunk, Amount::btt(51));
    CHECK(refused.error().kind == base::ErrorKind::peer_fault);
    CHECK(refused.error().message ==
          "the relay charged 51 BTT for a chunk of 262144 bytes that costs 50 BTT by its quote: do not pay, "
          "keep the "
          "quote as evidence");
}

TEST_CASE("charge: a chunk longer than chunks are is refused at any price") {
    const Quote quote = Deal{}.quote;
    CHECK(code_of(pricing::check_charge(quote, ChunkSource::hit, kQuotedChunk + 1, Amount::zero())) ==
          "charge_above_quote");
    CHECK(code_of(pricing::check_charge(quote, ChunkSource::hit, UINT64_MAX, Amount::zero())) ==
          "charge_above_quote");
}

TEST_CASE("estimate: it is the fee and the sum of the charges, wherever the cached chunks lie") {
    std::mt19937_64 random(6);
    Quote quote = Deal{}.quote;
    for (int i = 0; i < 300; ++i) {
        quote.hit_per_mib = Amount::from_units(random());
        quote.miss_per_mib = Amount::from_units(random());
        const std::uint64_t bytes = random() % (20 * kQuotedChunk);
        std::uint64_t cached = 0;
        Amount::Raw sum = quote.per_request.units();
        for (std::uint64_t offset = 0; offset < bytes; offset += kQuotedChunk) {
            const std::uint64_t size = std::min(kQuotedChunk, bytes - offset);
            const bool hit = random() % 2 == 0;
            cached += hit ? size : 0;
            sum += pricing::chunk_charge(quote, hit ? ChunkSource::hit : ChunkSource::miss, size).units();
        }
        CHECK(pricing::estimate(quote, bytes, cached).units() == sum);
    }
}

TEST_CASE("estimate: more cached than there is counts as all, and absurd lengths saturate") {
    const Quote quote = Deal{}.quote;
    CHECK(pricing::estimate(quote, kQuotedChunk, 10 * kQuotedChunk) == Amount::btt(26));
    CHECK(pricing::estimate(quote, 0, 0) == Amount::btt(1));
    Quote dear = quote;
    dear.miss_per_mib = Amount::max();
    CHECK(pricing::estimate(dear, UINT64_MAX, 0) == Amount::max());
    dear.chunk_bytes = 0;
    CHECK(pricing::estimate(dear, kQuotedChunk, kQuotedChunk) == Amount::btt(26));
}
