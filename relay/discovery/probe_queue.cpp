#include "relay/discovery/probe_queue.hpp"

#include <algorithm>

#include "protocol/discovery/descriptor_book.hpp"

namespace ferry::relay::discovery {

bool ProbeQueue::offer(const SocketAddress& address, base::Time now) {
  if (const auto asked = asked_.find(address); asked != asked_.end() && asked->second > now) return false;
  const auto name = ferry::discovery::network_of(base::Host{address.address});
  auto& network = networks_[name];
  if (std::ranges::find(network, address) != network.end()) return false;
  if (network.size() >= limits_.waiting_per_network) {
    network[random_() % network.size()] = address;
    return true;
  }
  if (network.empty()) turns_.push_back(name);
  network.push_back(address);
  if (++waiting_ > limits_.waiting) drop_from_largest();
  return true;
}

std::optional<SocketAddress> ProbeQueue::take(base::Time now) {
  // A minute's number may be ahead of the steady rate.
  constexpr base::Duration kMinute = std::chrono::minutes(1);
  const base::Duration between = kMinute / limits_.per_minute;
  turn_ = spent_until_ - kMinute + between;
  if (waiting_ == 0 || turn_ > now) return std::nullopt;
  spent_until_ = std::max(spent_until_, now) + between;

  const auto name = turns_.front();
  turns_.pop_front();
  auto& network = networks_[name];
  std::swap(network[random_() % network.size()], network.back());
  const auto taken = network.back();
  network.pop_back();
  --waiting_;
  if (network.empty()) networks_.erase(name);
  else turns_.push_back(name);
  return taken;
}

void ProbeQueue::remember(const SocketAddress& address, base::Time until, base::Time now) {
  if (asked_.size() >= limits_.remembered) std::erase_if(asked_, [now](const auto& entry) { return entry.second <= now; });
  // Still full: any one of them; asking it again costs one probe.
  if (asked_.size() >= limits_.remembered && !asked_.contains(address)) {
    const auto near = asked_.lower_bound(address);
    asked_.erase(near == asked_.end() ? asked_.begin() : near);
  }
  asked_[address] = until;
}

void ProbeQueue::drop_from_largest() {
  const auto largest = std::ranges::max_element(networks_, {}, [](const auto& entry) { return entry.second.size(); });
  auto& network = largest->second;
  network[random_() % network.size()] = network.back();
  network.pop_back();
  --waiting_;
  if (!network.empty()) return;
  std::erase(turns_, largest->first);
  networks_.erase(largest);
}

}  // namespace ferry::relay::discovery
