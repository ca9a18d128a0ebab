#pragma once
// One question that is on its way, shared by every coroutine that waits for its answer. Internal to the resolver.

#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <unordered_set>

#include "protocol/base/result.hpp"
#include "relay/exit/resolver.hpp"

namespace ferry::relay::exit {

/// Threads: that of the waiting coroutines.
class PendingLookup {
 public:
  using Outcome = base::Result<Addresses>;

  /// Wakes all waiters. Only the first call counts.
  void finish(Outcome outcome);

  /// The outcome, or environment "exit_resolver_timeout" after `timeout`; the question itself goes on.
  static boost::asio::awaitable<Outcome> wait(std::shared_ptr<PendingLookup> lookup, std::chrono::milliseconds timeout);

 private:
  class Waiter;

  std::optional<Outcome> outcome_;
  std::unordered_set<boost::asio::steady_timer*> waiters_;
};

}  // namespace ferry::relay::exit
