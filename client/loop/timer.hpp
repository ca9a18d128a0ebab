#pragma once
// Timer: calls a task once, later, on the loop. Part of its owner: destroyed before it fires, it never fires.
// Threads: the loop's.

#include "client/loop/loop.hpp"
#include "protocol/base/time.hpp"

namespace ferry::client {

class Timer {
 public:
  explicit Timer(Loop& loop);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// Replaces what was started before.
  void start(base::Duration after, Task task);
  void stop();
  bool is_running() const;

 private:
  struct State;
  State* state_;  // outlives this until libuv has closed the handle
};

}  // namespace ferry::client
