#pragma once
// Quote: a relay's signed, expiring offer for one request of one payer. Once accepted it binds until the request ends; both sides compute
// charges from it with the functions here, so a charge above it is provable.

#include <cstdint>
#include <optional>

#include "pricing/tariff.hpp"
#include "protocol/base/address.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/base/key.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/time.hpp"

namespace ferry::pricing {

inline constexpr base::Duration kQuoteValidity{60'000};
inline constexpr base::Duration kQuoteGrace{30'000};
/// How far two honest clocks may differ before a quote is called expired or not yet valid.
inline constexpr base::Duration kClockTolerance{30'000};

struct Quote {
  static constexpr std::size_t kMaxPackedBytes = 1024;

  base::Address relay;          ///< signer: the relay's identity
  base::Address payer;
  base::RequestHash request;
  std::uint32_t chunk_bytes = 0;
  base::Amount hit_per_mib;
  base::Amount miss_per_mib;
  base::Amount tunnel_down_per_mib;
  base::Amount tunnel_up_per_mib;
  base::Amount per_request;
  std::uint64_t known_bytes = 0;   ///< body length if the relay knows it, else 0; an estimate, not a promise
  std::uint64_t cached_bytes = 0;  ///< of these, how many it holds now; an estimate
  base::Time issued_at;            ///< whole seconds
  base::Time valid_until;          ///< whole seconds; to be accepted by then
  std::uint32_t grace_seconds = 0; ///< an acceptance this much later is still honoured
  base::Hash256 policy_hash;       ///< the relay's exit policy
  base::Salt nonce;                ///< makes every quote one of its kind

  friend bool operator==(const Quote&, const Quote&) = default;
};

struct QuoteSubject {
  base::Address relay;
  base::Address payer;
  base::RequestHash request;
  std::uint32_t chunk_bytes = 0;
  std::uint64_t known_bytes = 0;
  std::uint64_t cached_bytes = 0;
  base::Hash256 policy_hash;
};

/// Pure: the same inputs give the same quote. `cached_bytes` above `known_bytes` is cut, times are cut to whole seconds.
/// Precondition: `tariff` passed check().
Quote make_quote(const Tariff& tariff, const QuoteSubject& subject, base::Time now, const base::Salt& nonce);

/// Packed form (MessagePack). What a peer sends must be a quote that an honest relay could make: no price above kMaxPrice, some chunk size,
/// valid_until not before issued_at, known_bytes at most 2^44. Errors: those of PackReader.
base::Bytes pack(const Quote& quote);
base::Result<Quote> unpack_quote(base::ByteView bytes);

/// EIP-712: Quote(address relay,address payer,bytes32 request,uint32 chunkBytes,uint128 hitPerMib,uint128 missPerMib,uint128
/// tunnelDownPerMib,uint128 tunnelUpPerMib,uint128 perRequest,uint64 knownBytes,uint64 cachedBytes,uint64 issuedAt,uint64 validUntil,
/// uint32 graceSeconds,bytes32 policyHash,bytes32 nonce)
base::Digest quote_digest(const base::Hash256& domain_separator, const Quote& quote);

/// Client's check of what it was just sent, in this order: peer_fault "quote_signature" (also: another relay's offer), "quote_other_request",
/// "quote_other_payer", "quote_chunk_size", "quote_price" (above kMaxPrice); refusal "quote_clock_skew" (issued further in our future or past
/// than the tolerance: the message tells both clocks), "quote_expired" (after valid_until). Estimates and policy are not checked.
base::Result<void> check_quote(const base::Hash256& domain_separator, const Quote& quote, const base::Signature& signature,
                               const QuoteSubject& expected, base::Time now);

/// Relay's check when a quote is accepted, on the clock that issued it: until valid_until + grace. Refusal "quote_expired".
base::Result<void> check_acceptance(const Quote& quote, base::Time now);

enum class ChunkSource : std::uint8_t { hit = 0, miss = 1 };

/// What a delivered chunk costs under an accepted quote. The fee per request is charged apart, once.
base::Amount chunk_charge(const Quote& quote, ChunkSource source, std::uint64_t bytes);

/// A client's estimate: request fee plus `bytes` of which `cached` at the hit price, by whole chunks. Exact when `cached` is whole chunks of
/// the body, its short last one among them or not. Saturates.
base::Amount estimate(const Quote& quote, std::uint64_t bytes, std::uint64_t cached);

/// Above the quote by one unit is refused: peer_fault "charge_above_quote"; also anything for more bytes than a chunk has.
base::Result<void> check_charge(const Quote& quote, ChunkSource source, std::uint64_t bytes, base::Amount charged);

}  // namespace ferry::pricing
