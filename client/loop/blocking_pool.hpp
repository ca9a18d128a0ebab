#pragma once
// BlockingPool: where procedures run that wait for answers: chain calls, the faucet's proof of work. On threads of its own, because they may wait
// for the loop and for a name lookup, and would starve libuv's pool. Work stands in queues by name: that of one queue goes one at a time and in
// order, as transactions of one wallet on one ledger must, while a ledger that does not answer holds up no other.

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "client/loop/loop.hpp"

namespace ferry::client {

class BlockingPool {
 public:
  static constexpr std::size_t kMostThreads = 8;  ///< begun when they are needed

  explicit BlockingPool(Loop& loop) : loop_(loop) {}
  /// Precondition: stop() was called and its `ended` has run, or run() never was.
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  /// Runs `work` on one of the threads when what stood in this queue before is done, then `done` on the loop. After stop() work is left out.
  /// Threads: the loop's.
  void run(const std::string& queue, Task work, Task done);
  /// Leaves out what has not begun; `ended` runs on the loop when all threads are through. Threads: the loop's.
  void stop(Task ended);
  /// For the work to look at. Threads: any.
  bool is_stopping() const { return stopping_.load(std::memory_order_relaxed); }

 private:
  struct Entry {
    Task work;
    Task done;
  };
  void serve();

  Loop& loop_;
  std::vector<std::thread> threads_;  // the loop's
  std::mutex mutex_;
  std::condition_variable came_;
  std::map<std::string, std::deque<Entry>> queues_;  // under mutex_; the first of each may be under way
  std::deque<std::string> ready_;                    // under mutex_; queues of which nothing is under way, the one that waited longest first
  std::size_t serving_ = 0;                          // under mutex_; threads that have not ended
  std::size_t idle_ = 0;                             // under mutex_; of them, those that wait for work
  Task ended_;                                       // under mutex_
  std::atomic<bool> stopping_{false};
};

}  // namespace ferry::client
