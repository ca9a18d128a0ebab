#include "pricing/tariff.hpp"
#include "tests/unit/protocol/base/code_of.hpp"

#include <doctest/doctest.h>

using namespace ferry;
using base::Amount;
using base::code_of;
using pricing::Tariff;

namespace {

base::Result<Tariff> parse(std::string_view text) {
    return pricing::parse_tariff_toml(text, "tariff.toml");
}

struct Refusal {
    std::string code;
    std::string message;
    friend bool operator==(const Refusal&, const Refusal&) = default;
};

Refusal refusal_of(std::string_view text) {
    const auto result = parse(text);
    if (result) return {"ok", ""};
    CHECK(result.error().kind == base::ErrorKind::refusal);
    return {result.error().code, result.error().message};
}

}  // namespace

TEST_CASE("tariff file: an empty one is the standard tariff") {
    CHECK(parse("").value() == Tariff::standard());
    CHECK(parse("# only a comment\n").value() == Tariff::standard());
}

TEST_CASE("tariff file: every key sets its price and leaves the others") {
    const auto parsed = parse(
        "hit = \"0.5\"\nmiss = \"1.000000000000000001\"\ntunnel_down = '2'\ntunnel_up = \"3\"\n"
        "per_request = \"0\"\nmin = \"0.25\"\nmax = \"4\"\n");
    const Tariff expected{.hit = Amount::from_units(500'000'000'000'000'000),
                          .miss = Amount::from_units(1'000'000'000'000'000'001),
                          .tunnel_down = Amount::btt(2),
                          .tunnel_up = Amount::btt(3),
                          .per_request = Amount::zero(),
                          .min = Amount::from_units(250'000'000'000'000'000),
                          .max = Amount::btt(4)};
    CHECK(parsed.value() == expected);

    Tariff only_miss = Tariff::standard();
    only_miss.miss = Amount::btt(7);
    CHECK(parse("miss = \"7\"").value() == only_miss);
}

TEST_CASE("tariff file: an unknown key is refused where it stands") {
    CHECK(refusal_of("hit = \"1\"\n  mis = \"2\"\n") ==
          Refusal{"tariff_unknown_key",
                  "tariff.toml:2:3: unknown key 'mis'; known are hit, miss, tunnel_down, tunnel_up, "
                  "per_request, min, max"});
    CHECK(refusal_of("[tariff]\nhit = \"1\"\n").code == "tariff_unknown_key");
    CHECK(refusal_of("\"hit \" = \"1\"\n").code == "tariff_unknown_key");
}

TEST_CASE("tariff file: floats and other kinds are refused where they stand") {
    CHECK(
        refusal_of("hit = 0.5\n") ==
        Refusal{"tariff_type", "tariff.toml:1:7: 'hit' must be a decimal text in BTT, for example \"0.5\""});
    for (const char* text : {"hit = 5", "hit = true", "hit = [\"1\"]", "hit = {}", "[hit]", "hit.x = \"1\"",
                             "hit = 2026-11-20", "hit = nan"}) {
        CAPTURE(text);
        CHECK(refusal_of(text).code == "tariff_type");
    }
}

TEST_CASE("tariff file: amounts that are none are refused where they stand") {
    for (const char* text : {"", "-1", "+1", "1e3", ".5", "5.", "1,5", "0x10", " 1", "1 BTT",
                             "0.0000000000000000001", "999999999999999999999999999999999999999999", "NaN"}) {
        CAPTURE(text);
        const Refusal refusal = refusal_of("\nmiss = \"" + std::string(text) + "\"");
        CHECK(refusal.code == "tariff_amount");
        CHECK(refusal.message.starts_with("tariff.toml:2:8: "));
    }
}

TEST_CASE("tariff file: what is no TOML is refused where it goes wrong") {
    CHECK(refusal_of("hit = \"1\"\nmiss\n").code == "tariff_syntax");
    CHECK(refusal_of("hit = \"1\"\nmiss\n").message.starts_with("tariff.toml:2:"));
    CHECK(refusal_of("hit = \"1\"\nhit = \"2\"\n").code == "tariff_syntax");
    CHECK(refusal_of("hit = \"1").code == "tariff_syntax");
    CHECK(refusal_of(std::string_view("\0", 1)).code == "tariff_syntax");
    CHECK(refusal_of("hit = \"\xff\"").code == "tariff_syntax");
    CHECK(refusal_of("hit = " + std::string(10'000, '[')).code == "tariff_syntax");
}

TEST_CASE("tariff file: prices that cannot be are refused") {
    CHECK(refusal_of("min = \"2\"\nmax = \"1\"").code == "tariff_bounds");
    CHECK(refusal_of("hit = \"1000000000.000000000000000001\"").code == "tariff_too_high");
    CHECK(refusal_of("hit = \"1000000000\"").code == "ok");
}

TEST_CASE("tariff file: a text without end is not parsed, and messages stay short and printable") {
    CHECK(refusal_of(std::string(64 * 1024, '\n')).code == "ok");
    CHECK(refusal_of(std::string(64 * 1024 + 1, '\n')).code == "tariff_too_long");
    const Refusal refusal = refusal_of("\"\\u0007" + std::string(5'000, 'x') + "\" = \"1\"");
    CHECK(refusal.code == "tariff_unknown_key");
    CHECK(refusal.message.size() < 1'000);
    CHECK(refusal.message.find('\a') == std::string::npos);
}
