#pragma once
// Credit: how much a relay delivers ahead of payment. Starts at one chunk for a new payer, doubles with paid history, is bounded by a share
// of what the payer has paid, and starts anew when the payer leaves while owing.

#include <cstdint>

#include "protocol/base/amount.hpp"

namespace ferry::channels {

struct CreditRules {
  std::uint32_t first_chunks = 1;       ///< for a new payer
  std::uint32_t max_chunks = 64;
  std::uint32_t windows_per_doubling = 16;  ///< paid windows until the window doubles
  std::uint32_t paid_share_divisor = 200;   ///< credit beyond the first chunk is at most paid / this (0.5 %)
};

/// One payer's history with this relay. It bounds a risk and is no money: after a restart it may differ by a window where a price changed
/// while a voucher was being made durable.
struct PayerCredit {
  std::uint32_t chunks = 0;       ///< current window in chunks; 0 means: use the rules' first value
  std::uint64_t windows_paid = 0; ///< since the window last doubled
  base::Amount paid;              ///< charged and covered by vouchers, ever
  base::Amount toward_next;       ///< paid since the last whole window

  /// The window in units at `chunk_price`: `chunks` of them, of which those beyond the first are at most the share of `paid`.
  base::Amount window(const CreditRules& rules, base::Amount chunk_price) const;
  /// Money that is newly both charged and promised. Every `windows_per_doubling` times the window (counted in chunks, before the share bounds
  /// it) the window doubles.
  void on_paid(const CreditRules& rules, base::Amount amount, base::Amount chunk_price);
  /// Back to the first window; what was paid stays known.
  void start_anew();

  friend bool operator==(const PayerCredit&, const PayerCredit&) = default;
};

}  // namespace ferry::channels
