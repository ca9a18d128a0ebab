#include "pricing/recent_quotes.hpp"

#include <doctest/doctest.h>

#include "tests/unit/pricing/quote_samples.hpp"

using namespace ferry;
using namespace ferry::pricing;

namespace {

SignedQuote signed_for(std::uint8_t payer, std::uint64_t place) {
  SignedQuote made{vector_quote(), {}, {}};
  made.quote.payer = filled<base::Address>(payer);
  made.quote.request.data[0] = static_cast<std::uint8_t>(place);
  made.quote.request.data[1] = static_cast<std::uint8_t>(place >> 8U);
  made.packed = pack(made.quote);
  return made;
}

}  // namespace

TEST_CASE("recent quotes: one stands for its payer and its place, for a third of its validity") {
  RecentQuotes quotes;
  const auto made = signed_for(1, 7);
  quotes.keep(made, kIssued);
  const auto& quote = made.quote;
  const auto* found = quotes.find(quote.payer, quote.request, kIssued + RecentQuotes::kOfferedAgain - base::Duration{1});
  REQUIRE(found != nullptr);
  CHECK(found->packed == made.packed);
  CHECK(quotes.find(quote.payer, quote.request, kIssued + RecentQuotes::kOfferedAgain) == nullptr);
  CHECK(quotes.find(quote.payer, quote.request, kIssued - base::Duration{1}) == nullptr);
  CHECK(quotes.find(filled<base::Address>(2), quote.request, kIssued) == nullptr);
  CHECK(quotes.find(quote.payer, filled<base::RequestHash>(9), kIssued) == nullptr);
}

TEST_CASE("recent quotes: the newest for a place counts, and their number is bounded") {
  RecentQuotes quotes;
  auto made = signed_for(1, 0);
  quotes.keep(made, kIssued);
  made.quote.nonce = filled<base::Salt>(3);
  made.packed = pack(made.quote);
  quotes.keep(made, kIssued + base::Duration{1});
  CHECK(quotes.find(made.quote.payer, made.quote.request, kIssued + RecentQuotes::kOfferedAgain)->packed == made.packed);
  for (std::uint64_t place = 1; place <= RecentQuotes::kMaxKept; ++place) quotes.keep(signed_for(1, place), kIssued + base::Duration{1});
  CHECK(quotes.find(made.quote.payer, made.quote.request, kIssued + base::Duration{1}) == nullptr);
}
