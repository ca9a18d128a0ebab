#include <utility>

#include "relay/ops/stop_signals.hpp"

#include <boost/asio/steady_timer.hpp>
#include <csignal>

namespace ferry::relay {

namespace {

constexpr std::chrono::milliseconds kLookEvery{50};

}  // namespace

StopSignals::StopSignals() {
  std::signal(SIGPIPE, SIG_IGN);
  signals_.add(SIGTERM);
  signals_.add(SIGINT);
}

int StopSignals::wait() {
  int came = 0;
  signals_.async_wait([&came](const boost::system::error_code& /*error*/, int signal) { came = signal; });
  io_.restart();
  io_.run();
  return came;
}

bool StopSignals::wait_until(const std::function<bool()>& done, std::chrono::milliseconds timeout) {
  bool signalled = false, over = false;
  const auto end = std::chrono::steady_clock::now() + timeout;
  signals_.async_wait([&](const boost::system::error_code& error, int /*signal*/) {
    signalled = !error;
    over = true;
  });
  boost::asio::steady_timer timer(io_);
  std::function<void()> look = [&] {
    if (over || done() || std::chrono::steady_clock::now() >= end) {
      over = true;
      signals_.cancel();
      return;
    }
    timer.expires_after(kLookEvery);
    timer.async_wait([&look](const boost::system::error_code& /*error*/) { look(); });
  };
  look();
  io_.restart();
  io_.run();
  return !signalled;
}

}  // namespace ferry::relay
