#include "client/fetch/fetch_offer.hpp"

#include <algorithm>
#include <utility>

#include "client/fetch/price_check.hpp"
#include "protocol/content/geometry.hpp"

namespace ferry::client {

using base::Result;

namespace {

Result<void> check_affordable(const FetchRequest& request, const pricing::Quote& quote, const std::shared_ptr<Budget>& budget, Budget& shared) {
  if (request.max_price) FERRY_CHECK(check_limit(quote, limit_of(*request.max_price)));
  Purchase trial(budget, shared);
  const auto known = quote.known_bytes > 0 ? quote.known_bytes : content::kChunkBytes;
  const bool has_body = request.method != "HEAD";
  if (trial.agree(quote) && (!has_body || trial.grant(std::min<std::uint64_t>(known, content::kChunkBytes)))) return {};
  return base::fail(budget_reached(trial));
}

}  // namespace

Question question_of(const FetchRequest& request) {
  const auto open = [request](Session& session, const base::ChannelId& channel, StreamListener& listener) {
    wire::Request message;
    message.channel = channel;
    message.method = request.method;
    message.url = request.url;
    for (const auto& field : request.headers) message.headers.emplace_back(field.name, field.value);
    return session.open_stream(std::move(message), listener);
  };
  return {content::request_hash(request.method, request.url, request.headers), open};
}

OpeningTerms opening_terms(Core& core, const FetchRequest& request, const std::shared_ptr<Budget>& budget, Opening opening, Approve approve) {
  OpeningTerms terms;
  terms.opening = opening;
  terms.spendable = [&core, budget] { return std::min(budget->left(), core.budget.left()); };
  terms.check = [&core, request, budget, approve = std::move(approve)](const pricing::Quote& quote) -> Result<void> {
    FERRY_CHECK(check_affordable(request, quote, budget, core.budget));
    return approve(quote) ? Result<void>{} : base::fail(quote_declined());
  };
  return terms;
}

}  // namespace ferry::client
