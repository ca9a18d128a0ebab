#include "pricing/quote.hpp"

#include "protocol/base/pack.hpp"
#include "tests/unit/pricing/quote_samples.hpp"
#include "tests/unit/protocol/base/code_of.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace ferry;
using base::Amount;
using base::code_of;
using pricing::filled;
using pricing::make_quote;
using pricing::pack;
using pricing::Quote;
using pricing::Tariff;
using pricing::unpack_quote;
using pricing::vector_quote;
using pricing::vector_subject;

namespace {

/// pack(vector_quote()), written by a separate program.
constexpr std::string_view kPacked =
    "dc0010c414aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac414bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbc420222222"
    "2222222222"
    "222222222222222222222222222222222222222222222222ce00040000c41000000000000000056bc75e2d63100000c410000000"
    "000000000a"
    "d78ebc5ac6200000c41000000000000000056bc75e2d63100000c41000000000000000056bc75e2d63100000c410000000000000"
    "00000de0b6"
    "b3a7640000ce00140007ce00080000ce691e6680ce691e66bc1ec420555555555555555555555555555555555555555555555555"
    "555555555555"
    "5555c4206666666666666666666666666666666666666666666666666666666666666666";

struct Change {
    const char* field;
    void (*apply)(Quote&);
};

constexpr Change kChanges[] = {
    {"relay", [](Quote& q) { q.relay.data[0] = 0; }},
    {"payer", [](Quote& q) { q.payer.data[0] = 0; }},
    {"request", [](Quote& q) { q.request.data[0] = 0; }},
    {"chunk_bytes", [](Quote& q) { ++q.chunk_bytes; }},
    {"hit", [](Quote& q) { q.hit_per_mib = Amount::btt(1); }},
    {"miss", [](Quote& q) { q.miss_per_mib = Amount::btt(1); }},
    {"tunnel_down", [](Quote& q) { q.tunnel_down_per_mib = Amount::btt(1); }},
    {"tunnel_up", [](Quote& q) { q.tunnel_up_per_mib = Amount::btt(1); }},
    {"per_request", [](Quote& q) { q.per_request = Amount::btt(2); }},
    {"known_bytes", [](Quote& q) { ++q.known_bytes; }},
    {"cached_bytes", [](Quote& q) { ++q.cached_bytes; }},
    {"issued_at", [](Quote& q) { q.issued_at.unix_ms += 1000; }},
    {"valid_until", [](Quote& q) { q.valid_until.unix_ms += 1000; }},
    {"grace_seconds", [](Quote& q) { ++q.grace_seconds; }},
    {"policy_hash", [](Quote& q) { q.policy_hash.data[0] = 0; }},
    {"nonce", [](Quote& q) { q.nonce.data[0] = 0; }},
};

Amount any_amount(std::mt19937_64& random) {
    return Amount::from_units(Amount::Raw{random()} * 1'000);
}

}  // namespace

TEST_CASE("quote: recorded inputs give this quote, byte for byte") {
    CHECK(base::to_hex(pack(vector_quote())) == kPacked);
    CHECK(pricing::quote_digest(pricing::test_domain(), vector_quote()).hex() ==
          "295454245708bcfa9166f4434548aec5da9717a2a7dfe2d212039aa188af6dd2");
}

TEST_CASE("quote: milliseconds of the clock do not change it, the next second does") {
    const auto nonce = filled<base::Salt>(0x66);
    const auto quote_at = [&](base::Duration later) {
        return make_quote(Tariff::standard(), vector_subject(), pricing::kIssued + later, nonce);
    };
    CHECK(quote_at(base::Duration{999}) == vector_quote());
    CHECK(quote_at(base::Duration{1000}) != vector_quote());
    CHECK(vector_quote().valid_until - vector_quote().issued_at == pricing::kQuoteValidity);
    CHECK(vector_quote().grace_seconds == 30);
}

TEST_CASE("quote: replaying recorded inputs gives identical quotes") {
    struct Record {
        std::string tariff;
        pricing::QuoteSubject subject;
        base::Time now;
        base::Salt nonce;
        base::Bytes quote;
    };
    std::vector<Record> log;
    std::mt19937_64 random(4);
    for (int i = 0; i < 200; ++i) {
        const auto price = [&] { return "\"" + any_amount(random).to_btt() + "\"\n"; };
        Record record{.tariff = "hit = " + price() + "miss = " + price() + "tunnel_up = " + price(),
                      .subject = vector_subject(),
                      .now = base::Time{static_cast<std::int64_t>(random() % 4'000'000'000'000)},
                      .nonce = {base::sha256(base::bytes_of(std::to_string(i))).data},
                      .quote = {}};
        record.subject.known_bytes = random() % 1'000'000;
        record.subject.cached_bytes = random() % 1'000'000;
        const Tariff tariff = pricing::parse_tariff_toml(record.tariff, "record").value();
        record.quote = pack(make_quote(tariff, record.subject, record.now, record.nonce));
        log.push_back(record);
    }
    for (const Record& record : log) {
        const Tariff tariff = pricing::parse_tariff_toml(record.tariff, "record").value();
        CHECK(pack(make_quote(tariff, record.subject, record.now, record.nonce)) == record.quote);
        CHECK(pack(unpack_quote(record.quote).value()) == record.quote);
    }
}

TEST_CASE("quote: prices per MiB never leave the bounds of the tariff") {
    std::mt19937_64 random(5);
    for (int i = 0; i < 500; ++i) {
        Tariff tariff{.hit = any_amount(random),
                      .miss = any_amount(random),
                      .tunnel_down = any_amount(random),
                      .tunnel_up = any_amount(random),
                      .per_request = any_amount(random),
                      .min = any_amount(random),
                      .max = any_amount(random)};
        if (tariff.min > tariff.max) std::swap(tariff.min, tariff.max);
        const Quote quote = make_quote(tariff, vector_subject(), pricing::kIssued, {});
        for (const Amount price :
             {quote.hit_per_mib, quote.miss_per_mib, quote.tunnel_down_per_mib, quote.tunnel_up_per_mib}) {
            CHECK(price >= tariff.min);
            CHECK(price <= tariff.max);
        }
        const std::uint64_t bytes = random() % 262'145;
        CHECK(chunk_charge(quote, pricing::ChunkSource::hit, bytes) >= pricing::price_of(tariff.min, bytes));
        CHECK(chunk_charge(quote, pricing::ChunkSource::miss, bytes) <= pricing::price_of(tariff.max, bytes));
        CHECK(quote.per_request == tariff.per_request);
    }
}

TEST_CASE("quote: no more bytes are called cached than are known") {
    pricing::QuoteSubject subject = vector_subject();
    subject.known_bytes = 0;
    CHECK(make_quote(Tariff::standard(), subject, pricing::kIssued, {}).cached_bytes == 0);
}

TEST_CASE("quote: every field is packed, signed and read back") {
    for (const Change& change : kChanges) {
        CAPTURE(change.field);
        Quote quote = vector_quote();
        change.apply(quote);
        CHECK(quote != vector_quote());
        CHECK(unpack_quote(pack(quote)).value() == quote);
        CHECK(pricing::quote_digest(pricing::test_domain(), quote) !=
              pricing::quote_digest(pricing::test_domain(), vector_quote()));
    }
    CHECK(pricing::quote_digest({}, vector_quote()) !=
          pricing::quote_digest(pricing::test_domain(), vector_quote()));
}

TEST_CASE("quote: a packed one that ends anywhere, or goes on, is refused") {
    base::Bytes packed = pack(vector_quote());
    for (std::size_t size = 0; size < packed.size(); ++size) {
        CAPTURE(size);
        CHECK_FALSE(unpack_quote(base::ByteView{packed}.first(size)).has_value());
    }
    packed.push_back(0xc0);
    CHECK(code_of(unpack_quote(packed)) == "pack_trailing");
    CHECK(code_of(unpack_quote(base::Bytes(Quote::kMaxPackedBytes + 1))) == "pack_limit");
}

TEST_CASE("quote: values that no honest relay quotes are refused") {
    const auto code_after = [](auto change) {
        Quote quote = vector_quote();
        change(quote);
        return code_of(unpack_quote(pack(quote)));
    };
    const Amount above = Amount::from_units(pricing::kMaxPrice.units() + 1);
    CHECK(code_after([&](Quote& q) { q.hit_per_mib = above; }) == "pack_value");
    CHECK(code_after([&](Quote& q) { q.miss_per_mib = above; }) == "pack_value");
    CHECK(code_after([&](Quote& q) { q.tunnel_down_per_mib = above; }) == "pack_value");
    CHECK(code_after([&](Quote& q) { q.tunnel_up_per_mib = above; }) == "pack_value");
    CHECK(code_after([&](Quote& q) { q.per_request = above; }) == "pack_value");
    CHECK(code_after([](Quote& q) { q.hit_per_mib = pricing::kMaxPrice; }) == "ok");
    CHECK(code_after([](Quote& q) { q.chunk_bytes = 0; }) == "pack_value");
    CHECK(code_after([](Quote& q) { q.known_bytes = (std::uint64_t{1} << 44U) + 1; }) == "pack_limit");
    CHECK(code_after([](Quote& q) { q.cached_bytes = q.known_bytes + 1; }) == "pack_limit");
    CHECK(code_after([](Quote& q) { q.valid_until = q.issued_at - base::Duration{1000}; }) == "pack_value");
    CHECK(code_after([](Quote& q) { q.issued_at = base::Time::from_seconds(-1); }) == "pack_limit");
    CHECK(code_after([](Quote& q) { q.valid_until = base::Time::from_seconds(253'402'300'800); }) ==
          "pack_limit");
}
