#include "client/wallet/counted_deliveries.hpp"

namespace ferry::client {

void CountedDeliveries::add(const channels::DeliveredRecord& record) {
  auto& channel = channels_[record.channel];
  const Key key{record.request, record.index};
  if (!channel.keys.insert(key).second) return;
  channel.order.push_back(key);
  if (channel.order.size() <= kMaxPerChannel) return;
  channel.keys.erase(channel.order.front());
  channel.order.pop_front();
}

bool CountedDeliveries::contains(const base::ChannelId& channel, const base::RequestHash& request, std::uint64_t index) const {
  const auto found = channels_.find(channel);
  return found != channels_.end() && found->second.keys.count({request, index}) > 0;
}

}  // namespace ferry::client
