#include "protocol/wire/keep_alive.hpp"

#include <algorithm>

#include "protocol/wire/limits.hpp"

namespace ferry::wire {

void KeepAlive::heard(base::Time now) {
  last_heard_ = now;
  pinged_ = false;
}

KeepAlive::Due KeepAlive::check(base::Time now) {
  started_ = std::min(started_, now);
  last_heard_ = std::min(last_heard_, now);
  if (handshaking_) return now - started_ >= kHandshakeTimeout ? Due::handshake_timeout : Due::nothing;
  const base::Duration silence = now - last_heard_;
  if (silence >= kIdleTimeout) return Due::idle_timeout;
  if (silence < kIdleTimeout / 2 || pinged_) return Due::nothing;
  pinged_ = true;
  return Due::ping;
}

base::Time KeepAlive::deadline() const {
  if (handshaking_) return started_ + kHandshakeTimeout;
  return last_heard_ + (pinged_ ? kIdleTimeout : kIdleTimeout / 2);
}

}  // namespace ferry::wire
