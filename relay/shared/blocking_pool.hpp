#pragma once
// BlockingPool: the threads on which disk and chain calls may block, and run_blocking(), by which a coroutine on a worker waits for one.

#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>

#include "relay/shared/reply.hpp"

namespace ferry::relay {

class BlockingPool {
 public:
  explicit BlockingPool(std::size_t threads) : pool_(threads) {}
  /// Runs what was posted, then joins.
  ~BlockingPool() { pool_.join(); }
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  /// Threads: any. `work` must not throw.
  template <typename Work>
  void post(Work work) {
    {
      const std::lock_guard lock(mutex_);
      ++unfinished_;
    }
    boost::asio::post(pool_, [this, work = std::move(work)]() mutable {
      {
        // Gone before it counts as finished: what it holds may refer to what wait_idle() protects.
        Work running = std::move(work);
        running();
      }
      const std::lock_guard lock(mutex_);
      if (--unfinished_ == 0) idle_.notify_all();
    });
  }

  /// Waits until everything posted so far has finished: before what the work refers to, such as a stopped io_context, is destroyed. Threads:
  /// any but the pool's.
  void wait_idle() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return unfinished_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable idle_;
  std::size_t unfinished_ = 0;
  boost::asio::thread_pool pool_;
};

/// Runs `work` on the pool and gives its result back on `home`; nullopt when `timeout` passed first (the work still finishes and its result is
/// dropped, so it must own everything it touches).
template <typename T>
boost::asio::awaitable<std::optional<T>> run_blocking(boost::asio::io_context& home, BlockingPool& pool, std::function<T()> work,
                                                      std::chrono::milliseconds timeout) {
  Reply<T> reply(home);
  pool.post([reply, work = std::move(work)] { reply.deliver(work()); });
  co_return co_await reply.get(timeout);
}

}  // namespace ferry::relay
