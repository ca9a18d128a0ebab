#pragma once
// make_offer: the quote for one request, signed and sent; and the wait until the client accepts it.

#include <boost/asio/awaitable.hpp>

#include "pricing/quote.hpp"
#include "relay/content/content_source.hpp"
#include "relay/serve/sale.hpp"

namespace ferry::relay {

/// Quotes at the tariff, with what the cache knows of the object as an estimate, and sends it.
pricing::Quote make_offer(ClientConnection& connection, const Stream& stream, const content::FetchRequest& fetch, const base::Address& payer);

/// Returns at once when the client named limits in its request that the quote keeps; else waits for Accept.
/// Errors: refusal "quote_expired", "cancelled".
boost::asio::awaitable<base::Result<void>> wait_for_acceptance(Sale& sale);

}  // namespace ferry::relay
