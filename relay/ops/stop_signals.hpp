#pragma once
// StopSignals: SIGTERM and SIGINT as something that main() can wait for.

#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <functional>

namespace ferry::relay {

class StopSignals {
 public:
  /// From now on the signals no longer end the process by themselves, and writing to a closed socket does not either.
  StopSignals();

  /// Blocks until a signal comes; gives its number.
  int wait();
  /// Blocks until a further signal comes, `done` says yes (asked every 50 ms), or `timeout` is over. False only for a signal.
  bool wait_until(const std::function<bool()>& done, std::chrono::milliseconds timeout);

 private:
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_{io_};
};

}  // namespace ferry::relay
