// docs/pricing.md: its tariff is the standard one, and every number of its worked example is computed here.

#include "tests/unit/pricing/quote_samples.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

using namespace ferry;
using base::Amount;
using pricing::ChunkSource;

namespace {

std::string document() {
    std::ifstream file(FERRY_SOURCE_DIR "/docs/pricing.md");
    return {std::istreambuf_iterator<char>(file), {}};
}

bool says(const std::string& text) {
    return document().find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("pricing document: the tariff it shows is the standard one") {
    const std::string text = document();
    const std::string opening = "```toml\n";
    const std::size_t begin = text.find(opening);
    REQUIRE(begin != std::string::npos);
    const std::size_t end = text.find("```", begin + opening.size());
    const std::string toml = text.substr(begin + opening.size(), end - begin - opening.size());
    CHECK(pricing::parse_tariff_toml(toml, "docs/pricing.md").value() == pricing::Tariff::standard());
    for (const char* key : {"hit", "miss", "tunnel_down", "tunnel_up", "per_request", "min", "max"}) {
        CHECK(("\n" + toml).find("\n" + std::string(key) + " = ") != std::string::npos);
    }
}

TEST_CASE("pricing document: the worked example is what the code computes") {
    constexpr std::uint64_t kChunk = 262'144;
    constexpr std::uint64_t kBytes = 1'310'727;
    const pricing::Quote quote = pricing::vector_quote();
    REQUIRE(quote.known_bytes == kBytes);
    REQUIRE(kBytes == 5 * kChunk + 7);

    const Amount hit = chunk_charge(quote, ChunkSource::hit, kChunk);
    const Amount miss = chunk_charge(quote, ChunkSource::miss, kChunk);
    const Amount rest = chunk_charge(quote, ChunkSource::miss, 7);
    const std::string fee = quote.per_request.to_btt() + " BTT";
    CHECK(says("| the request | " + fee + " | " + fee + " |"));
    CHECK(says("hits | " + hit.to_btt() + " BTT | " + hit.times(2)->to_btt() + " BTT |"));
    CHECK(says("misses | " + miss.to_btt() + " BTT | " + miss.times(3)->to_btt() + " BTT |"));
    CHECK(says("a miss | " + rest.to_btt() + " BTT | " + rest.to_btt() + " BTT |"));

    const Amount::Raw sum = quote.per_request.units() + 2 * hit.units() + 3 * miss.units() + rest.units();
    CHECK(pricing::estimate(quote, kBytes, 2 * kChunk).units() == sum);
    CHECK(says("**" + Amount::from_units(sum).to_btt() + " BTT**"));
}

TEST_CASE("pricing document: the rounded charge and the refused one are what the code says") {
    pricing::Quote quote = pricing::vector_quote();
    quote.hit_per_mib = Amount::parse_btt("0.1").value();
    const Amount charge = chunk_charge(quote, ChunkSource::hit, 7);
    const Amount above = Amount::from_units(charge.units() + 1);
    CHECK(says("**" + charge.to_btt() + " BTT**"));
    CHECK(says("charges " + above.to_btt() + " BTT"));
    CHECK_FALSE(check_charge(quote, ChunkSource::hit, 7, above).has_value());
    CHECK(check_charge(quote, ChunkSource::hit, 7, charge).has_value());
}

TEST_CASE("pricing document: the times it names are the constants") {
    CHECK(says("within **" + std::to_string(pricing::kQuoteValidity.count() / 1000) + " s**"));
    CHECK(says("up to **" + std::to_string(pricing::kQuoteGrace.count() / 1000) + " s** later"));
    CHECK(says("more than **" + std::to_string(pricing::kClockTolerance.count() / 1000) +
               " s** before or after"));
}
