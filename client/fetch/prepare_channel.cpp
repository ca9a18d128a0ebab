#include "client/fetch/prepare_channel.hpp"

#include <algorithm>
#include <utility>

#include "client/fetch/price_check.hpp"
#include "client/fetch/quote_question.hpp"
#include "client/pay/purchase.hpp"
#include "protocol/content/geometry.hpp"

namespace ferry::client {

using base::Result;

namespace {

/// The fee and the first chunk are within the user's limit and the budgets.
Result<void> check_affordable(const FetchRequest& request, const pricing::Quote& quote, const std::shared_ptr<Budget>& budget, Budget& shared) {
  if (request.max_price) FERRY_CHECK(check_limit(quote, limit_of(*request.max_price)));
  Purchase trial(budget, shared);
  const auto known = quote.known_bytes > 0 ? quote.known_bytes : content::kChunkBytes;
  const bool has_body = request.method != "HEAD";
  if (trial.agree(quote) && (!has_body || trial.grant(std::min<std::uint64_t>(known, content::kChunkBytes)))) return {};
  return base::fail(budget_reached(trial));
}

}  // namespace

void prepare_channel(Core& core, Relay& relay, const FetchRequest& request, const std::shared_ptr<Budget>& budget, Opening opening,
                     Approve approve, ChannelSetup::Ready ready) {
  const auto spendable = [&core, budget] { return std::min(budget->left(), core.budget.left()); };
  const auto ask_first = [&core, &relay, request, budget, spendable, opening, approve = std::move(approve), ready = std::move(ready)](const Result<void>& found) {
    if (found || found.error().code != kNoChannel) return ready(found);
    const auto answered = [&core, &relay, request, budget, spendable, opening, approve, ready](const Result<pricing::Quote>& quote) {
      if (!quote) return ready(base::fail(quote.error()));
      if (const auto affordable = check_affordable(request, *quote, budget, core.budget); !affordable) return ready(affordable);
      if (!approve(*quote)) return ready(base::fail(quote_declined()));
      relay.channel().prepare(spendable(), ready, opening);
    };
    std::make_shared<QuoteQuestion>(core, relay, request, answered)->ask();
  };
  relay.channel().prepare(spendable(), ask_first, Opening::never);
}

}  // namespace ferry::client
