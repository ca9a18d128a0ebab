#pragma once
// prepare_channel: a channel that may pay one relay for one request. A relay that has none with us is asked for its offer before: no money moves
// to one that refuses the request, is dearer than the user's limit or a budget allows, or whose offer is declined. Threads: the loop's.

#include <functional>
#include <memory>

#include "client/fetch/fetch_request.hpp"
#include "client/pay/budget.hpp"
#include "client/pay/channel_setup.hpp"
#include "pricing/quote.hpp"

namespace ferry::client {

/// What the user says to an offer.
using Approve = std::function<bool(const pricing::Quote&)>;

/// `core` and `relay` outlive the call back. Never calls back from inside. `approve` is asked only where a channel would be opened. Errors: those of
/// ChannelSetup::prepare(), of QuoteQuestion and of check_limit(); refusal "budget_reached", "quote_declined".
void prepare_channel(Core& core, Relay& relay, const FetchRequest& request, const std::shared_ptr<Budget>& budget, Opening opening,
                     Approve approve, ChannelSetup::Ready ready);

}  // namespace ferry::client
