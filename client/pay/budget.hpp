#pragma once
// Budget: a hard stop. What may come is reserved at its worst price before it is asked for, and settled at what it really cost, so that spent
// and reserved together never exceed the limit. Pure.

#include <optional>

#include "protocol/base/amount.hpp"

namespace ferry::client {

class Budget {
 public:
  /// nullopt: no limit.
  explicit Budget(std::optional<base::Amount> limit) : limit_(limit) {}

  /// False, and nothing changes, when the limit would be exceeded.
  bool reserve(base::Amount amount);
  /// Precondition: `reserved` was reserved.
  void release(base::Amount reserved);
  /// Spent without a reservation: a loss that was adopted.
  void spend(base::Amount amount);
  /// A reservation came true as `charged`, which may be less, or more only by what is spent on top.
  void settle(base::Amount reserved, base::Amount charged);

  /// What can still be reserved.
  base::Amount left() const;
  base::Amount spent() const { return spent_; }
  base::Amount reserved() const { return reserved_; }
  const std::optional<base::Amount>& limit() const { return limit_; }
  /// Takes nothing back: with a limit below what is spent and reserved, nothing more can be reserved.
  void set_limit(std::optional<base::Amount> limit) { limit_ = limit; }

 private:
  std::optional<base::Amount> limit_;
  base::Amount spent_;
  base::Amount reserved_;
};

}  // namespace ferry::client
