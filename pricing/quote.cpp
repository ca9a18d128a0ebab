#include "pricing/quote.hpp"

#include "protocol/base/pack.hpp"
#include "protocol/base/typed_data.hpp"

#include <algorithm>
#include <array>

namespace ferry::pricing {

namespace {

using base::Amount;

constexpr std::uint32_t kFields = 16;
/// The last second of the year 9999.
constexpr std::uint64_t kMaxSeconds = 253'402'300'799;
/// The largest body, 16 TiB.
constexpr std::uint64_t kMaxKnownBytes = std::uint64_t{1} << 44U;

base::Time whole_seconds(base::Time time) {
    return base::Time::from_seconds(time.unix_seconds());
}

std::uint64_t seconds_of(base::Time time) {
    return static_cast<std::uint64_t>(time.unix_seconds());
}

base::Time read_time(base::PackReader& reader) {
    return base::Time::from_seconds(static_cast<std::int64_t>(reader.number(kMaxSeconds)));
}

Amount read_price(base::PackReader& reader) {
    const Amount price = reader.amount();
    if (price > kMaxPrice) reader.fail_value("a price is above " + kMaxPrice.to_btt() + " BTT");
    return price;
}

}  // namespace

Quote make_quote(const Tariff& tariff, const QuoteSubject& subject, base::Time now, const base::Salt& nonce) {
    const base::Time issued_at = whole_seconds(now);
    return Quote{
        .relay = subject.relay,
        .payer = subject.payer,
        .request = subject.request,
        .chunk_bytes = subject.chunk_bytes,
        .hit_per_mib = tariff.clamped(tariff.hit),
        .miss_per_mib = tariff.clamped(tariff.miss),
        .tunnel_down_per_mib = tariff.clamped(tariff.tunnel_down),
        .tunnel_up_per_mib = tariff.clamped(tariff.tunnel_up),
        .per_request = tariff.per_request,
        .known_bytes = subject.known_bytes,
        .cached_bytes = std::min(subject.cached_bytes, subject.known_bytes),
        .issued_at = issued_at,
        .valid_until = issued_at + kQuoteValidity,
        .grace_seconds = static_cast<std::uint32_t>(kQuoteGrace.count() / 1000),
        .policy_hash = subject.policy_hash,
        .nonce = nonce,
    };
}

base::Bytes pack(const Quote& quote) {
    base::PackWriter writer;
    writer.array(kFields)
        .address(quote.relay)
        .address(quote.payer)
        .bytes32(quote.request)
        .number(quote.chunk_bytes);
    writer.amount(quote.hit_per_mib).amount(quote.miss_per_mib);
    writer.amount(quote.tunnel_down_per_mib).amount(quote.tunnel_up_per_mib).amount(quote.per_request);
    writer.number(quote.known_bytes).number(quote.cached_bytes);
    writer.number(seconds_of(quote.issued_at))
        .number(seconds_of(quote.valid_until))
        .number(quote.grace_seconds);
    writer.bytes32(quote.policy_hash).bytes32(quote.nonce);
    return writer.take();
}

base::Result<Quote> unpack_quote(base::ByteView bytes) {
    if (bytes.size() > Quote::kMaxPackedBytes) {
        return base::fail(base::peer_fault(
            "pack_limit", "a quote has at most " + std::to_string(Quote::kMaxPackedBytes) + " bytes"));
    }
    base::PackReader reader(bytes);
    Quote quote;
    reader.array_of(kFields);
    quote.relay = reader.address();
    quote.payer = reader.address();
    quote.request = reader.bytes32<base::RequestHashTag>();
    quote.chunk_bytes = static_cast<std::uint32_t>(reader.number(UINT32_MAX));
    quote.hit_per_mib = read_price(reader);
    quote.miss_per_mib = read_price(reader);
    quote.tunnel_down_per_mib = read_price(reader);
    quote.tunnel_up_per_mib = read_price(reader);
    quote.per_request = read_price(reader);
    quote.known_bytes = reader.number(kMaxKnownBytes);
    quote.cached_bytes = reader.number(quote.known_bytes);
    quote.issued_at = read_time(reader);
    quote.valid_until = read_time(reader);
    quote.grace_seconds = static_cast<std::uint32_t>(reader.number(UINT32_MAX));
    quote.policy_hash = reader.bytes32<base::Hash256Tag>();
    quote.nonce = reader.bytes32<base::SaltTag>();
    if (reader.ok() && quote.chunk_bytes == 0) reader.fail_value("a chunk has at least one byte");
    if (reader.ok() && quote.valid_until < quote.issued_at)
        reader.fail_value("the quote ends before it begins");
    FERRY_CHECK(reader.finish());
    return quote;
}

base::Digest quote_digest(const base::Hash256& domain_separator, const Quote& quote) {
    static const base::Hash256 type = base::type_hash(
        "Quote(address relay,address payer,bytes32 request,uint32 chunkBytes,uint128 hitPerMib,uint128 "
        "missPerMib,"
        "uint128 tunnelDownPerMib,uint128 tunnelUpPerMib,uint128 perRequest,uint64 knownBytes,uint64 "
        "cachedBytes,"
        "uint64 issuedAt,uint64 validUntil,uint32 graceSeconds,bytes32 policyHash,bytes32 nonce)");
    base::StructHash fields(type);
    fields.address(quote.relay).address(quote.payer).word(quote.request.view()).number(quote.chunk_bytes);
    fields.amount(quote.hit_per_mib).amount(quote.miss_per_mib);
    fields.amount(quote.tunnel_down_per_mib).amount(quote.tunnel_up_per_mib).amount(quote.per_request);
    fields.number(quote.known_bytes).number(quote.cached_bytes);
    fields.number(seconds_of(quote.issued_at))
        .number(seconds_of(quote.valid_until))
        .number(quote.grace_seconds);
    fields.word(quote.policy_hash.view()).word(quote.nonce.view());
    return base::typed_digest(domain_separator, fields.finish());
}

}  // namespace ferry::pricing
