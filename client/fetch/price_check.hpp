#pragma once
// What a client checks about a quote and about each charge before it pays: the quote's signature, subject and clocks (pricing), the user's limit,
// and that no delivery costs one unit more than was agreed.

#include "client/pay/evidence.hpp"
#include "client/pay/purchase.hpp"
#include "pricing/quote.hpp"
#include "protocol/wire/messages.hpp"

namespace ferry::client {

/// The limits that a request names for acceptance unseen. A request may cost as much as one MiB at most.
wire::PriceLimit limit_of(base::Amount max_per_mib);

/// Refusal "price_too_high", whose message names both prices.
base::Result<void> check_limit(const pricing::Quote& quote, const wire::PriceLimit& limit);
bool keeps(const pricing::Quote& quote, const wire::PriceLimit& limit);

/// Refusal: a budget of this purchase does not allow the next chunk.
base::Error budget_reached(const Purchase& purchase);

/// Refusal: the user said no to an offer.
base::Error quote_declined();

/// A chunk's charge. One that is repeated after a lost connection may bear an earlier quote's price, `dearest`.
/// Errors: peer_fault "charge_above_quote", "chunk_source".
base::Result<void> check_chunk_charge(const pricing::Quote& quote, const wire::PriceLimit& dearest, const wire::ChunkMessage& chunk);

/// The same for a witness's word about a chunk.
base::Result<void> check_witnessed_charge(const pricing::Quote& quote, const wire::PriceLimit& dearest, const wire::Witnessed& word);

/// The request fee, charged with the first manifest; nothing with the final one.
base::Result<void> check_fee(const pricing::Quote& quote, const wire::PriceLimit& dearest, const wire::ManifestMessage& manifest);

}  // namespace ferry::client
