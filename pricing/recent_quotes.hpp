#pragma once
// RecentQuotes: signed quotes for tunnels of the last seconds, by who pays and where to. Nothing in such a quote tells one tunnel from the next, so a
// relay offers the one that stands, and a client that has checked it need not do so again: of a short connection the signature is a large part.
// Pure: time is an argument. Threads: one at a time.

#include <cstddef>
#include <map>
#include <utility>

#include "pricing/quote.hpp"

namespace ferry::pricing {

/// As it travels.
struct SignedQuote {
  Quote quote;
  base::Bytes packed;
  base::Signature signature;
};

class RecentQuotes {
 public:
  /// A third of a quote's validity: whoever accepts one that is offered again has time to.
  static constexpr base::Duration kOfferedAgain = kQuoteValidity / 3;
  /// Places that one payer has connections to at a time; beyond that all are forgotten.
  static constexpr std::size_t kMaxKept = 256;

  /// Null when none was kept within kOfferedAgain. Lifetime: until the next keep().
  const SignedQuote* find(const base::Address& payer, const base::RequestHash& request, base::Time now) const;
  /// Takes the place of an earlier one for the same.
  void keep(SignedQuote made, base::Time now);

 private:
  struct Kept {
    SignedQuote made;
    base::Time at;
  };
  std::map<std::pair<base::Address, base::RequestHash>, Kept> kept_;
};

}  // namespace ferry::pricing
