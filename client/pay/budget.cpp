#include "client/pay/budget.hpp"

namespace ferry::client {

using base::Amount;

Amount Budget::left() const {
  if (!limit_) return Amount::max();
  return limit_->minus_floored(spent_.plus_saturated(reserved_));
}

bool Budget::reserve(Amount amount) {
  if (amount > left()) return false;
  reserved_ = reserved_.plus_saturated(amount);
  return true;
}

void Budget::release(Amount reserved) { reserved_ = reserved_.minus_floored(reserved); }

void Budget::spend(Amount amount) { spent_ = spent_.plus_saturated(amount); }

void Budget::settle(Amount reserved, Amount charged) {
  release(reserved);
  spend(charged);
}

}  // namespace ferry::client
