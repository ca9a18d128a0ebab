#pragma once
// RunClock: the little protocol between a load program and tests/bench/run. The program says that it is warm, the script answers with a line
// and reads the server's CPU time, the program counts for a while and prints one JSON object.

#include <chrono>
#include <string>

#include "protocol/base/result.hpp"
#include "protocol/base/time.hpp"
#include "tests/bench/poller.hpp"

namespace ferry::bench {

/// Milliseconds since 1970, as sessions want it.
base::Time wall_now();

class RunClock {
 public:
  using Clock = std::chrono::steady_clock;
  RunClock(double warm_seconds, double seconds) : warm_seconds_(warm_seconds), seconds_(seconds) {}

  /// Keeps the load going for `warm_seconds`, then tells the script and waits for its line.
  base::Result<void> warm_up(Poller& poller);
  /// Keeps the load going for `seconds`; gives how long it was.
  base::Result<double> measure(Poller& poller);

 private:
  double warm_seconds_, seconds_;
};

/// Prints {"event":"warm"} and waits for a line on standard input. Error: environment "script_gone" when it ends instead.
base::Result<void> wait_for_start();

/// What main() of a load program does with an outcome: the error on standard error, and the exit code.
int exit_code(const base::Result<void>& outcome);

}  // namespace ferry::bench
