#include "channels/recent_deliveries.hpp"

#include <algorithm>

namespace ferry::channels {

RecentDeliveries::Delivery* RecentDeliveries::find(const DeliveryKey& key) {
  const auto it = std::ranges::find(deliveries_, key, &Delivery::key);
  return it == deliveries_.end() ? nullptr : &*it;
}

void RecentDeliveries::add(const DeliveryKey& key, base::Amount charge, base::Amount charged_after, base::Time at) {
  if (!key.is_repeatable()) return;
  std::erase_if(deliveries_, [&key](const Delivery& delivery) { return delivery.key == key; });
  if (deliveries_.size() == kMaxKept) deliveries_.pop_front();
  deliveries_.push_back(Delivery{key, charge, charged_after, at, 0});
}

const RecentDeliveries::Delivery* RecentDeliveries::take(const DeliveryKey& key, base::Amount unconfirmed, base::Time now) {
  Delivery* delivery = find(key);
  if (delivery == nullptr || delivery->at + kKept < now) return nullptr;
  if (delivery->redeliveries >= kMaxRedeliveries || delivery->charge > unconfirmed) return nullptr;
  ++delivery->redeliveries;
  return delivery;
}

void RecentDeliveries::give_back(const DeliveryKey& key) {
  Delivery* delivery = find(key);
  if (delivery != nullptr && delivery->redeliveries > 0) --delivery->redeliveries;
}

}  // namespace ferry::channels
