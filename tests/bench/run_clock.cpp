#include "tests/bench/run_clock.hpp"

#include <iostream>

namespace ferry::bench {

namespace {

base::Result<double> keep_going(Poller& poller, double seconds) {
  const auto began = RunClock::Clock::now();
  for (;;) {
    const std::chrono::duration<double> passed = RunClock::Clock::now() - began;
    if (passed.count() >= seconds) return passed.count();
    FERRY_CHECK(poller.poll(20));
  }
}

}  // namespace

base::Time wall_now() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return base::Time{std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count()};
}

base::Result<void> wait_for_start() {
  std::cout << R"({"event":"warm"})" << std::endl;
  std::string line;
  if (!std::getline(std::cin, line)) return base::fail(base::environment("script_gone", "nobody started the measurement"));
  return {};
}

base::Result<void> RunClock::warm_up(Poller& poller) {
  FERRY_CHECK(keep_going(poller, warm_seconds_));
  return wait_for_start();
}

base::Result<double> RunClock::measure(Poller& poller) { return keep_going(poller, seconds_); }

int exit_code(const base::Result<void>& outcome) {
  if (outcome) return 0;
  std::cerr << outcome.error().code << ": " << outcome.error().message << std::endl;
  return 1;
}

}  // namespace ferry::bench
