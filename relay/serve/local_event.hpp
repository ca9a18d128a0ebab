#pragma once
// LocalEvent: lets one coroutine of a worker wait until something changed. It carries no state: check the condition, wait, check again.
// One waiter at a time; a stream and a writer each have their own.

#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

namespace ferry::relay {

class LocalEvent {
 public:
  explicit LocalEvent(boost::asio::io_context& home) : timer_(home) { timer_.expires_at(boost::asio::steady_timer::time_point::max()); }

  /// Wakes who waits now.
  void notify() { timer_.cancel(); }

  /// Until the next notify(), at most `timeout`. False when the time passed.
  boost::asio::awaitable<bool> wait(std::chrono::milliseconds timeout) {
    timer_.expires_after(timeout);
    boost::system::error_code outcome;
    co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, outcome));
    co_return static_cast<bool>(outcome);
  }

 private:
  boost::asio::steady_timer timer_;
};

}  // namespace ferry::relay
