#pragma once
// Loop: the one thread that owns all state of a client, with its libuv loop. Others post tasks to it; file and journal work goes from it to
// libuv's pool and comes back. Knows nothing of relays or money.

#include <uv.h>

#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "protocol/base/result.hpp"

namespace ferry::client {

using Task = std::function<void()>;

/// Keeps the host process's signals away from the calling thread; SIGPIPE of a socket that a relay closed then stays without effect.
void block_signals();

class Loop {
 public:
  /// Starts the thread. Errors: environment "loop" (no descriptors or threads left).
  static base::Result<std::unique_ptr<Loop>> start();
  /// Precondition: stop() was called; waits for the thread.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs `task` on the loop soon, in the order of posting. False after stop(): then it never runs. Every task that was accepted runs.
  /// Threads: any.
  bool post(Task task);
  /// Runs `work` on libuv's pool, then `done` on the loop. Work must be short: the pool is shared by the process. Threads: the loop's.
  void work(Task work, Task done);
  /// No more tasks; the thread ends when every handle is closed and every work is done. Threads: the loop's.
  void stop();
  /// Waits for the thread. Threads: any but the loop's.
  void join();

  bool is_current() const { return std::this_thread::get_id() == thread_.get_id(); }
  uv_loop_t* native() { return &loop_; }

 private:
  Loop() = default;
  void run();
  void run_posted();

  uv_loop_t loop_{};
  uv_async_t wake_{};
  std::thread thread_;
  std::mutex mutex_;
  std::vector<Task> posted_;  // under mutex_
  bool stopping_ = false;     // under mutex_
};

}  // namespace ferry::client
