#include "client/wallet/counted_deliveries.hpp"

namespace ferry::client {

void CountedDeliveries::add(const channels::DeliveredRecord& record) {
  auto& channel = channels_[record.channel];
  const Key key = key_of(record);
  if (!channel.keys.insert(key).second) return;
  channel.order.push_back(key);
  if (channel.order.size() <= kMaxPerChannel) return;
  channel.keys.erase(channel.order.front());
  channel.order.pop_front();
}

bool CountedDeliveries::contains(const channels::DeliveredRecord& record) const {
  const auto found = channels_.find(record.channel);
  return found != channels_.end() && found->second.keys.contains(key_of(record));
}

}  // namespace ferry::client
