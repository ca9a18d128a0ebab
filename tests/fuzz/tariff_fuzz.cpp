// Any text as a tariff file: what is accepted is a tariff that can be quoted, what is refused says where and
// why in few words.

#include "pricing/quote.hpp"
#include "tests/fuzz/require.hpp"

#include <algorithm>

using namespace ferry;
using fuzz::require;

namespace {

void check_tariff(const pricing::Tariff& tariff) {
    require(pricing::check(tariff).has_value(), "an accepted tariff is valid");
    const pricing::Quote quote = pricing::make_quote(
        tariff, {.relay = {}, .payer = {}, .request = {}, .chunk_bytes = 1, .policy_hash = {}}, base::Time{},
        {});
    require(pricing::unpack_quote(pricing::pack(quote)) == quote, "an accepted tariff can be quoted");
    require(quote.hit_per_mib >= tariff.min && quote.hit_per_mib <= tariff.max,
            "quoted prices keep to the bounds");
}

void check_refusal(const base::Error& error) {
    require(error.kind == base::ErrorKind::refusal, "a bad file is a refusal");
    require(error.code.starts_with("tariff_"), "its code says that it is about the tariff");
    require(!error.message.empty() && error.message.size() < 1'000, "its message is short");
    require(
        std::all_of(error.message.begin(), error.message.end(), [](char c) { return c >= ' ' && c <= '~'; }),
        "its message is printable");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto tariff = pricing::parse_tariff_toml(base::text_of({data, size}), "tariff.toml");
    if (tariff) {
        check_tariff(*tariff);
    } else {
        check_refusal(tariff.error());
    }
    return 0;
}
