#pragma once
// Reply<T>: one value that another thread will deliver to a coroutine. The waiting side lives on its worker's io_context; deliver() may be
// called from any thread, once. If nobody waits any more the value is dropped.

#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <memory>
#include <optional>

namespace ferry::relay {

template <typename T>
class Reply {
 public:
  explicit Reply(boost::asio::io_context& home) : state_(std::make_shared<State>(home)) {}

  /// Hands over the value and wakes the waiter. Threads: any.
  void deliver(T value) const {
    // The state travels into the posted function, so it outlives both sides.
    boost::asio::post(state_->home, [state = state_, value = std::move(value)]() mutable {
      state->value.emplace(std::move(value));
      state->timer.cancel();
    });
  }

  /// Waits at most `timeout`; nullopt when it passed. Threads: the home's.
  boost::asio::awaitable<std::optional<T>> get(std::chrono::milliseconds timeout) const {
    auto state = state_;
    if (!state->value) {
      state->timer.expires_after(timeout);
      boost::system::error_code ignored;
      co_await state->timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    }
    co_return std::move(state->value);
  }

 private:
  struct State {
    explicit State(boost::asio::io_context& io) : home(io), timer(io) {}
    boost::asio::io_context& home;
    boost::asio::steady_timer timer;
    std::optional<T> value;
  };
  std::shared_ptr<State> state_;
};

}  // namespace ferry::relay
