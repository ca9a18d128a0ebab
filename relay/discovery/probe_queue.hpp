#pragma once
// ProbeQueue: addresses that somebody said are relays, waiting to be asked who they are. Anybody can write thousands of them into the DHT, so
// there is room for few, networks take turns, and so many are handed out in a minute and no more. Pure: time is an argument.
// Threads: none; one owner.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "protocol/base/time.hpp"
#include "relay/exit/socket_address.hpp"

namespace ferry::relay::discovery {

using exit::SocketAddress;

struct ProbeLimits {
  std::size_t waiting = 1024;
  std::size_t waiting_per_network = 64;             ///< a /24 or /48
  std::uint32_t per_minute = 60;                    ///< may all come at once
  std::size_t remembered = 8192;                    ///< outcomes
  base::Duration failed_again = std::chrono::minutes(30);
  base::Duration met_again = std::chrono::hours(6);
};

class ProbeQueue {
 public:
  ProbeQueue(ProbeLimits limits, std::uint64_t seed) : limits_(limits), random_(seed) {}

  /// False when it waits already or was asked lately. In a full network it takes the place of another one, drawn by lot.
  bool offer(const SocketAddress& address, base::Time now);
  /// The next to ask; nullopt when none waits, or a minute's number has been handed out.
  std::optional<SocketAddress> take(base::Time now);
  /// When take() may give one again, as far as the rate goes.
  base::Time next_turn() const { return turn_; }

  void failed(const SocketAddress& address, base::Time now) { remember(address, now + limits_.failed_again, now); }
  void met(const SocketAddress& address, base::Time now) { remember(address, now + limits_.met_again, now); }

  std::size_t waiting() const { return waiting_; }

 private:
  void remember(const SocketAddress& address, base::Time until, base::Time now);
  void drop_from_largest();

  ProbeLimits limits_;
  std::mt19937_64 random_;
  std::map<std::string, std::vector<SocketAddress>> networks_;
  std::deque<std::string> turns_;                    ///< networks in the order in which they are served
  std::map<SocketAddress, base::Time> asked_;  ///< until when not to ask again
  std::size_t waiting_ = 0;
  base::Time turn_{};
  base::Time spent_until_{};                         ///< how far ahead of a steady rate we are
};

}  // namespace ferry::relay::discovery
