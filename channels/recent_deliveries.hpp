#pragma once
// RecentDeliveries: what one channel was charged for lately, so that a chunk that was charged and then lost with its connection is delivered
// again for free. Part of RelayLedger; it holds no money, only the memory of where it went.

#include <cstddef>
#include <deque>
#include <optional>

#include "protocol/base/amount.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/base/time.hpp"

namespace ferry::channels {

/// Names one delivery.
struct DeliveryKey {
  static constexpr std::uint64_t kHead = UINT64_MAX;  ///< the request fee, delivered with the manifest
  /// The first metering of a tunnel; the next ones count up from here. What a tunnel carried cannot be delivered again.
  static constexpr std::uint64_t kTunnel = std::uint64_t{1} << 63U;
  base::RequestHash request;
  std::uint64_t index = 0;
  bool is_repeatable() const { return index < kTunnel || index == kHead; }
  friend bool operator==(const DeliveryKey&, const DeliveryKey&) = default;
};

class RecentDeliveries {
 public:
  static constexpr std::size_t kMaxKept = 64;
  static constexpr base::Duration kKept = std::chrono::minutes{10};
  static constexpr int kMaxRedeliveries = 3;  ///< of one key, since the last start

  struct Delivery {
    DeliveryKey key;
    base::Amount charge;
    base::Amount charged_after;  ///< the channel's sum with this charge
    base::Time at;
    int redeliveries = 0;
  };

  /// Remembers a charge if it is repeatable; the oldest one makes room, and a key that is charged again is remembered once.
  void add(const DeliveryKey& key, base::Amount charge, base::Amount charged_after, base::Time at);

  /// The old delivery, if `key` may be delivered again for free: among the recent ones, not too often, and its charge is within `unconfirmed`,
  /// the part of what was charged that the client says it has not got. Counts as one redelivery until give_back(). Null if not;
  /// valid until the next change.
  const Delivery* take(const DeliveryKey& key, base::Amount unconfirmed, base::Time now);
  /// A redelivery did not happen.
  void give_back(const DeliveryKey& key);

  /// Oldest first.
  const std::deque<Delivery>& list() const { return deliveries_; }

 private:
  Delivery* find(const DeliveryKey& key);

  std::deque<Delivery> deliveries_;
};

}  // namespace ferry::channels
