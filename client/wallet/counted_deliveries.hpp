#pragma once
// CountedDeliveries: which deliveries this client has already counted as owed, per channel, so that one that a relay repeats after a lost
// connection is not counted twice. Rebuilt from the journal at start; as long as a relay repeats for free, so long it is remembered.

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <utility>

#include "channels/records.hpp"

namespace ferry::client {

class CountedDeliveries {
 public:
  /// A relay repeats at most its last 64 per channel; streams may be interleaved.
  static constexpr std::size_t kMaxPerChannel = 1024;

  void add(const channels::DeliveredRecord& record);
  bool contains(const base::ChannelId& channel, const base::RequestHash& request, std::uint64_t index) const;

 private:
  using Key = std::pair<base::RequestHash, std::uint64_t>;
  struct Channel {
    std::deque<Key> order;
    std::set<Key> keys;
  };
  std::map<base::ChannelId, Channel> channels_;
};

}  // namespace ferry::client
