#include "relay/shared/address_limits.hpp"

#include <algorithm>

namespace ferry::relay {

base::IpAddress AddressLimits::key_of(const base::IpAddress& address) {
  if (!address.is_v6) return address;
  auto prefix = address.data;
  std::fill(prefix.begin() + 7, prefix.end(), std::uint8_t{0});
  return base::IpAddress::v6(prefix);
}

bool AddressLimits::enter(const base::IpAddress& address) {
  const std::lock_guard lock(mutex_);
  if (total_ >= total_limit_) return false;
  auto& count = counts_[key_of(address)];
  if (count >= per_address_) return false;
  ++count;
  ++total_;
  return true;
}

void AddressLimits::leave(const base::IpAddress& address) {
  const std::lock_guard lock(mutex_);
  const auto it = counts_.find(key_of(address));
  if (it == counts_.end()) return;
  --total_;
  if (--it->second == 0) counts_.erase(it);
}

}  // namespace ferry::relay
