#pragma once
// CountedDeliveries: which charges this client has already counted as owed, per channel, so that one whose delivery a relay repeats after a lost
// connection is not counted twice. The relay's sum tells two charges for the same chunk, or for two requests of one URL, apart. Rebuilt from the journal at start; as long as a relay repeats for free, so long it is remembered.

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <tuple>

#include "channels/records.hpp"

namespace ferry::client {

class CountedDeliveries {
 public:
  /// A relay repeats at most its last 64 per channel; streams may be interleaved.
  static constexpr std::size_t kMaxPerChannel = 1024;

  void add(const channels::DeliveredRecord& record);
  /// By channel, request, index and charged_after.
  bool contains(const channels::DeliveredRecord& record) const;

 private:
  using Key = std::tuple<base::RequestHash, std::uint64_t, base::Amount>;
  static Key key_of(const channels::DeliveredRecord& record) { return {record.request, record.index, record.charged_after}; }
  struct Channel {
    std::deque<Key> order;
    std::set<Key> keys;
  };
  std::map<base::ChannelId, Channel> channels_;
};

}  // namespace ferry::client
