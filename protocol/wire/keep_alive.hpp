#pragma once
// KeepAlive: when a silent peer is asked for a sign of life, and when it is given up. Used inside both sessions; it sends nothing itself.

#include <cstdint>

#include "protocol/base/time.hpp"

namespace ferry::wire {

class KeepAlive {
 public:
  enum class Due { nothing, ping, handshake_timeout, idle_timeout };

  explicit KeepAlive(base::Time now) : started_(now), last_heard_(now) {}

  /// A message came.
  void heard(base::Time now);
  /// The handshake is over: from now on silence counts, not the time since the start.
  void handshake_done() { handshaking_ = false; }
  /// What to do now; a ping is due once per silence. A clock that was set back starts the wait anew.
  Due check(base::Time now);
  /// When check() may have something new to say.
  base::Time deadline() const;

  base::Time last_heard() const { return last_heard_; }
  /// A nonce for the next ping.
  std::uint64_t next_nonce() { return ++nonce_; }

 private:
  base::Time started_;
  base::Time last_heard_;
  bool handshaking_ = true;
  bool pinged_ = false;
  std::uint64_t nonce_ = 0;
};

}  // namespace ferry::wire
