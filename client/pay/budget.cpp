#include "client/pay/budget.hpp"

#include <algorithm>

namespace ferry::client {

using base::Amount;

Amount Budget::own_left() const {
  if (!limit_) return Amount::max();
  return limit_->minus_floored(spent_.plus_saturated(reserved_));
}

Amount Budget::left() const { return within_ ? std::min(own_left(), within_->left()) : own_left(); }

const Budget* Budget::without_room_for(Amount amount) const {
  if (amount > own_left()) return this;
  return within_ ? within_->without_room_for(amount) : nullptr;
}

bool Budget::reserve(Amount amount) {
  for (auto* budget = this; budget != nullptr; budget = budget->within_.get()) {
    if (amount <= budget->own_left()) continue;
    budget->refused_ = true;
    return false;
  }
  for (auto* budget = this; budget != nullptr; budget = budget->within_.get()) {
    budget->reserved_ = budget->reserved_.plus_saturated(amount);
    budget->refused_ = false;
  }
  return true;
}

void Budget::release(Amount reserved) { settle(reserved, Amount::zero()); }

void Budget::spend(Amount amount) { settle(Amount::zero(), amount); }

void Budget::settle(Amount reserved, Amount charged) {
  for (auto* budget = this; budget != nullptr; budget = budget->within_.get()) {
    budget->reserved_ = budget->reserved_.minus_floored(reserved);
    budget->spent_ = budget->spent_.plus_saturated(charged);
    if (charged < reserved) budget->refused_ = false;
  }
}

}  // namespace ferry::client
