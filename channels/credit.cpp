#include "channels/credit.hpp"

#include <algorithm>

namespace ferry::channels {
namespace {

using base::Amount;

std::uint32_t first_window(const CreditRules& rules) { return std::min(rules.first_chunks, rules.max_chunks); }

/// A limit, so it may saturate.
Amount chunks_worth(Amount chunk_price, std::uint32_t chunks) { return chunk_price.times(chunks).value_or(Amount::max()); }

std::uint32_t doubled(std::uint32_t chunks, const CreditRules& rules) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(std::uint64_t{chunks} * 2, rules.max_chunks));
}

}  // namespace

Amount PayerCredit::window(const CreditRules& rules, Amount chunk_price) const {
  const std::uint32_t first = first_window(rules);
  const Amount first_worth = chunks_worth(chunk_price, first);
  if (chunks <= first) return first_worth;
  const Amount share = paid.scaled_down(1, rules.paid_share_divisor).value_or(Amount::max());  // divisor 0: unbounded
  return first_worth.plus_saturated(std::min(chunks_worth(chunk_price, chunks - first), share));
}

void PayerCredit::on_paid(const CreditRules& rules, Amount amount, Amount chunk_price) {
  paid = paid.plus_saturated(amount);
  chunks = std::max(chunks, first_window(rules));
  toward_next = toward_next.plus_saturated(amount);
  while (chunks < rules.max_chunks) {
    const Amount::Raw window = chunks_worth(chunk_price, chunks).units();
    if (window == 0) break;
    const Amount::Raw whole = toward_next.units() / window;
    const Amount::Raw missing = rules.windows_per_doubling - std::min<std::uint64_t>(windows_paid, rules.windows_per_doubling);
    if (whole < missing) {
      windows_paid += static_cast<std::uint64_t>(whole);
      toward_next = Amount::from_units(toward_next.units() % window);
      return;
    }
    toward_next = Amount::from_units(toward_next.units() - missing * window);
    windows_paid = 0;
    chunks = doubled(chunks, rules);
  }
  // The largest window, or a free one: nothing is left to count towards.
  windows_paid = 0;
  toward_next = Amount::zero();
}

void PayerCredit::start_anew() {
  chunks = 0;
  windows_paid = 0;
  toward_next = Amount::zero();
}

}  // namespace ferry::channels
