#pragma once
// BlockingThread: where procedures run that wait for answers: chain calls, the faucet's proof of work. One at a time, on a thread of its own,
// because they may wait for the loop and for a name lookup, and would starve libuv's pool.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "client/loop/loop.hpp"

namespace ferry::client {

class BlockingThread {
 public:
  explicit BlockingThread(Loop& loop) : loop_(loop) {}
  /// Precondition: stop() was called and its `ended` has run, or run() never was.
  ~BlockingThread();
  BlockingThread(const BlockingThread&) = delete;
  BlockingThread& operator=(const BlockingThread&) = delete;

  /// Runs `work` on the thread, then `done` on the loop. After stop() work is left out. Threads: the loop's.
  void run(Task work, Task done);
  /// Leaves out what has not begun; `ended` runs on the loop when the thread is through. Threads: the loop's.
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
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<Entry> entries_;  // under mutex_
  Task ended_;                 // under mutex_
  std::atomic<bool> stopping_{false};
};

}  // namespace ferry::client
