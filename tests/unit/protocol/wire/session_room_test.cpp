#include "tests/unit/protocol/wire/session_room.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

using namespace ferry;
using namespace ferry::wire;

namespace {

void must_hold(bool holds, const char* property) {
  INFO(std::string{property});
  REQUIRE(holds);
}

SessionRoom::Choose seeded(std::mt19937& random) {
  return [&random](std::uint32_t below) { return below == 0 ? 0 : static_cast<std::uint32_t>(random() % below); };
}

}  // namespace

TEST_CASE("session room: however messages are delayed, nothing is lost") {
  std::uint64_t chunks = 0;
  std::uint64_t done = 0;
  std::uint64_t tunnels = 0;
  std::uint64_t down = 0;
  std::uint64_t up = 0;
  for (std::uint32_t seed = 0; seed < 150; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    SessionRoom room(seeded(random), must_hold);
    for (int i = 0; i < 2000; ++i) room.step();
    room.settle();
    REQUIRE_FALSE(room.broken());
    chunks += room.chunks_come();
    done += room.streams_done();
    tunnels += room.tunnels().done();
    down += room.tunnels().bytes_down();
    up += room.tunnels().bytes_up();
  }
  // The schedules are not idle.
  CHECK(chunks > 1500);
  CHECK(done > 500);
  CHECK(tunnels > 500);
  CHECK(down > 100'000);
  CHECK(up > 1'000'000);
}

TEST_CASE("session room: a relay that drains at any moment loses nothing") {
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    SessionRoom room(seeded(random), must_hold);
    const auto until = random() % 1000;
    for (std::uint32_t i = 0; i < until; ++i) room.step();
    room.drain();
    for (int i = 0; i < 500; ++i) room.step();
    room.settle();
    REQUIRE_FALSE(room.broken());
  }
}

TEST_CASE("session room: a damaged link ends the session in order, or does no harm") {
  int faults = 0;
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    SessionRoom room(seeded(random), must_hold);
    const auto damage = [&random](base::Bytes& message) {
      if (random() % 20 == 0) message[random() % message.size()] ^= static_cast<std::uint8_t>(1U << random() % 8);
    };
    if (seed % 2 == 0) {
      room.damage_to_relay(damage);
    } else {
      room.damage_to_client(damage);
    }
    for (int i = 0; i < 2000; ++i) room.step();
    faults += room.broken() ? 1 : 0;
  }
  CHECK(faults > 100);
}
