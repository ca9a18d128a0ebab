#pragma once
// The subject and the keys that the tests of quotes share. The byte patterns are those of the vectors.

#include "pricing/quote.hpp"
#include "protocol/base/hash.hpp"
#include "protocol/base/typed_data.hpp"

namespace ferry::pricing {

template <typename Value>
Value filled(std::uint8_t byte) {
    Value value;
    value.data.fill(byte);
    return value;
}

inline constexpr base::Time kIssued = base::Time::from_seconds(1'763'600'000);  // 2025-11-20T00:53:20Z

inline QuoteSubject vector_subject() {
    return QuoteSubject{.relay = filled<base::Address>(0xaa),
                        .payer = filled<base::Address>(0xbb),
                        .request = filled<base::RequestHash>(0x22),
                        .chunk_bytes = 262'144,
                        .known_bytes = 1'310'727,
                        .cached_bytes = 524'288,
                        .policy_hash = filled<base::Hash256>(0x55)};
}

inline Quote vector_quote() {
    return make_quote(Tariff::standard(), vector_subject(), kIssued, filled<base::Salt>(0x66));
}

inline base::Hash256 test_domain() {
    return base::domain_separator({199, filled<base::Address>(0x11)});
}

inline base::SecretKey key_of(std::uint8_t number) {
    base::Bytes secret(32, 0);
    secret.back() = number;
    return base::SecretKey::from_bytes(secret).value();
}

}  // namespace ferry::pricing
