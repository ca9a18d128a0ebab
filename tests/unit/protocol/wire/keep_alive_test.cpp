#include "protocol/wire/keep_alive.hpp"

#include <doctest/doctest.h>

#include "protocol/wire/limits.hpp"

using namespace ferry;
using namespace ferry::wire;
using Due = KeepAlive::Due;
using std::chrono::seconds;

namespace {

constexpr base::Time kOpened{1'800'000'000'000};
constexpr base::Duration kTick{1};

}  // namespace

TEST_CASE("keep alive: the handshake has its own deadline, which messages do not move") {
  KeepAlive alive{kOpened};
  alive.heard(kOpened + seconds{5});
  CHECK(alive.deadline() == kOpened + kHandshakeTimeout);
  CHECK(alive.check(kOpened + kHandshakeTimeout - kTick) == Due::nothing);
  CHECK(alive.check(kOpened + kHandshakeTimeout) == Due::handshake_timeout);
}

TEST_CASE("keep alive: half the silence asks once, the whole silence gives up") {
  KeepAlive alive{kOpened};
  alive.handshake_done();
  CHECK(alive.deadline() == kOpened + kIdleTimeout / 2);
  CHECK(alive.check(kOpened + kIdleTimeout / 2 - kTick) == Due::nothing);
  CHECK(alive.check(kOpened + kIdleTimeout / 2) == Due::ping);
  CHECK(alive.check(kOpened + kIdleTimeout / 2 + kTick) == Due::nothing);
  CHECK(alive.deadline() == kOpened + kIdleTimeout);
  CHECK(alive.check(kOpened + kIdleTimeout - kTick) == Due::nothing);
  CHECK(alive.check(kOpened + kIdleTimeout) == Due::idle_timeout);
}

TEST_CASE("keep alive: any message ends the silence") {
  KeepAlive alive{kOpened};
  alive.handshake_done();
  CHECK(alive.check(kOpened + kIdleTimeout / 2) == Due::ping);
  const base::Time later = kOpened + kIdleTimeout - kTick;
  alive.heard(later);
  CHECK(alive.check(later + kIdleTimeout / 2 - kTick) == Due::nothing);
  CHECK(alive.check(later + kIdleTimeout / 2) == Due::ping);
}

TEST_CASE("keep alive: a clock that was set back starts the wait anew") {
  KeepAlive alive{kOpened};
  alive.handshake_done();
  const base::Time earlier = kOpened - seconds{3600};
  CHECK(alive.check(earlier) == Due::nothing);
  CHECK(alive.check(earlier + kIdleTimeout / 2) == Due::ping);
  CHECK(alive.check(earlier + kIdleTimeout) == Due::idle_timeout);
}

TEST_CASE("keep alive: nonces differ") {
  KeepAlive alive{kOpened};
  CHECK(alive.next_nonce() != alive.next_nonce());
}
