#pragma once
// make_offer: the quote for one request or tunnel, signed and sent; and the wait until the client accepts it.

#include <boost/asio/awaitable.hpp>

#include "pricing/quote.hpp"
#include "relay/content/content_source.hpp"
#include "relay/serve/sale.hpp"

namespace ferry::relay {

/// Quotes at the tariff, with what the cache knows of the object as an estimate, and sends it.
pricing::Quote make_offer(ClientConnection& connection, const RequestStream& stream, const content::FetchRequest& fetch, const base::RequestHash& request,
                          const base::Address& payer);
/// The same for a tunnel. One to the same place within seconds is offered the same quote.
pricing::Quote make_offer(ClientConnection& connection, const TunnelStream& stream, const base::Host& host, const base::Address& payer);

/// The client named limits in its request, and the quote keeps them: it is accepted unseen.
bool keeps_limit(const pricing::Quote& quote, const std::optional<wire::PriceLimit>& limit);
bool keeps_limit(const pricing::Quote& quote, const std::optional<wire::TunnelLimit>& limit);

/// Until the client accepts. Errors: refusal "quote_expired", "cancelled".
boost::asio::awaitable<base::Result<void>> wait_for_acceptance(Sale& sale);

}  // namespace ferry::relay
