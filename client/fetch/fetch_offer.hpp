#pragma once
// What a fetch asks a relay before it opens a channel with it, and which offers suit. Threads: the loop's.

#include <functional>
#include <memory>

#include "client/fetch/fetch_request.hpp"
#include "client/pay/budget.hpp"
#include "client/pay/prepare_channel.hpp"

namespace ferry::client {

Question question_of(const FetchRequest& request);

/// What the user says to an offer.
using Approve = std::function<bool(const pricing::Quote&)>;

/// The fee and the first chunk must be within the user's limit and the budgets, and `approve` is asked last. `core` outlives the terms. Errors of the
/// check: that of check_limit(); refusal "budget_reached", "quote_declined".
OpeningTerms opening_terms(Core& core, const FetchRequest& request, const std::shared_ptr<Budget>& budget, Opening opening, Approve approve);

}  // namespace ferry::client
