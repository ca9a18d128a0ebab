#pragma once
// Poller: epoll for the load programs: one thread, level-triggered. Used by every load program; measures nothing.

#include <cstdint>
#include <string>

#include "protocol/base/result.hpp"

namespace ferry::bench {

/// A socket that wants to know when it can be read or written.
class Pollable {
 public:
  virtual ~Pollable() = default;
  virtual int fd() const = 0;
  /// Bytes wait for the socket: look at writability too.
  virtual bool wants_write() const = 0;
  /// Errors end the load.
  virtual base::Result<void> on_ready(bool readable, bool writable) = 0;

 private:
  friend class Poller;
  bool waits_for_write_ = false;  // as the poller has told the kernel
};

class Poller {
 public:
  Poller();
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  /// Lifetime: `socket` outlives the poller.
  void add(Pollable& socket);
  /// After something was queued outside of on_ready().
  void refresh(Pollable& socket);
  /// Serves what is ready; waits at most `timeout_ms`. Gives how many sockets were ready, or the first error of one.
  base::Result<int> poll(int timeout_ms);

 private:
  int epoll_;
};

/// A connected, non-blocking TCP socket without Nagle's delay. `host` is numeric. Error: environment "connect".
base::Result<int> connect_tcp(const std::string& host, std::uint16_t port);

/// Raises the limit of open files to what the system allows: two thousand connections need more than the usual 1,024.
void raise_file_limit();

}  // namespace ferry::bench
