#include "protocol/wire/keep_alive.hpp"

#include <doctest/doctest.h>

#include "protocol/wire/limits.hpp"

using namespace ferry;
using namespace ferry::wire;
using Due = KeepAlive::Due;
using std::chrono::seconds;

namespace {

constexpr base::Time kStart{1'800'000'000'000};
constexpr base::Duration kTick{1};

}  // namespace

TEST_CASE("keep alive: the handshake has its own deadline, which messages do not move") {
  KeepAlive alive{kStart};
  alive.heard(kStart + seconds{5});
  CHECK(alive.deadline() == kStart + kHandshakeTimeout);
  CHECK(alive.check(kStart + kHandshakeTimeout - kTick) == Due::nothing);
  CHECK(alive.check(kStart + kHandshakeTimeout) == Due::handshake_timeout);
}

TEST_CASE("keep alive: half the silence asks once, the whole silence gives up") {
  KeepAlive alive{kStart};
  alive.handshake_done();
  CHECK(alive.deadline() == kStart + kIdleTimeout / 2);
  CHECK(alive.check(kStart + kIdleTimeout / 2 - kTick) == Due::nothing);
  CHECK(alive.check(kStart + kIdleTimeout / 2) == Due::ping);
  CHECK(alive.check(kStart + kIdleTimeout / 2 + kTick) == Due::nothing);
  CHECK(alive.deadline() == kStart + kIdleTimeout);
  CHECK(alive.check(kStart + kIdleTimeout - kTick) == Due::nothing);
  CHECK(alive.check(kStart + kIdleTimeout) == Due::idle_timeout);
}

TEST_CASE("keep alive: any message ends the silence") {
  KeepAlive alive{kStart};
  alive.handshake_done();
  CHECK(alive.check(kStart + kIdleTimeout / 2) == Due::ping);
  const base::Time later = kStart + kIdleTimeout - kTick;
  alive.heard(later);
  CHECK(alive.check(later + kIdleTimeout / 2 - kTick) == Due::nothing);
  CHECK(alive.check(later + kIdleTimeout / 2) == Due::ping);
}

TEST_CASE("keep alive: a clock that was set back starts the wait anew") {
  KeepAlive alive{kStart};
  alive.handshake_done();
  const base::Time earlier = kStart - seconds{3600};
  CHECK(alive.check(earlier) == Due::nothing);
  CHECK(alive.check(earlier + kIdleTimeout / 2) == Due::ping);
  CHECK(alive.check(earlier + kIdleTimeout) == Due::idle_timeout);
}

TEST_CASE("keep alive: nonces differ") {
  KeepAlive alive{kStart};
  CHECK(alive.next_nonce() != alive.next_nonce());
}
