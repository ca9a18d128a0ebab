#include "pricing/recent_quotes.hpp"

namespace ferry::pricing {

const SignedQuote* RecentQuotes::find(const base::Address& payer, const base::RequestHash& request, base::Time now) const {
  const auto found = kept_.find({payer, request});
  const bool stands = found != kept_.end() && now >= found->second.at && now - found->second.at < kOfferedAgain;
  return stands ? &found->second.made : nullptr;
}

void RecentQuotes::keep(SignedQuote made, base::Time now) {
  if (kept_.size() >= kMaxKept) kept_.clear();
  const std::pair key{made.quote.payer, made.quote.request};
  kept_.insert_or_assign(key, Kept{std::move(made), now});
}

}  // namespace ferry::pricing
