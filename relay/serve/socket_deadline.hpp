#pragma once
// SocketDeadline: closes a socket when a step takes too long, so that the await on it ends with an error. Lives in the coroutine's frame.

#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>

namespace ferry::relay {

class SocketDeadline {
 public:
  SocketDeadline(boost::asio::ip::tcp::socket& socket, std::chrono::milliseconds timeout)
      : timer_(socket.get_executor()), armed_(std::make_shared<bool>(true)) {
    timer_.expires_after(timeout);
    timer_.async_wait([&socket, armed = armed_](const boost::system::error_code& error) {
      if (error || !*armed) return;
      boost::system::error_code ignored;
      socket.close(ignored);
    });
  }
  ~SocketDeadline() { *armed_ = false; }
  SocketDeadline(const SocketDeadline&) = delete;
  SocketDeadline& operator=(const SocketDeadline&) = delete;

 private:
  boost::asio::steady_timer timer_;
  std::shared_ptr<bool> armed_;  // the handler may already be queued when we are destroyed
};

}  // namespace ferry::relay
