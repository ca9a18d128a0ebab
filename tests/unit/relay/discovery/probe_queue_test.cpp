#include "relay/discovery/probe_queue.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>

using namespace ferry;
using namespace ferry::relay::discovery;

namespace {

constexpr base::Time kStart = base::Time::from_seconds(1'800'000'000);
constexpr std::uint64_t kSeed = 7;

SocketAddress at(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d, std::uint16_t port = 8443) {
  return {base::IpAddress::v4({a, b, c, d}), port};
}

std::size_t take_all(ProbeQueue& queue, base::Time now) {
  std::size_t count = 0;
  while (queue.take(now)) ++count;
  return count;
}

}  // namespace

TEST_CASE("probe queue: gives what was offered, once") {
  ProbeQueue queue({}, kSeed);
  CHECK(queue.offer(at(203, 0, 113, 1), kStart));
  CHECK_FALSE(queue.offer(at(203, 0, 113, 1), kStart));
  CHECK(queue.take(kStart) == at(203, 0, 113, 1));
  CHECK_FALSE(queue.take(kStart).has_value());
}

TEST_CASE("probe queue: thousands of addresses cost a minute's number of probes a minute") {
  ProbeQueue queue({}, kSeed);
  for (int round = 0; round < 5; ++round) {
    for (std::uint16_t port = 1; port <= 2000; ++port) {
      queue.offer(at(static_cast<std::uint8_t>(port % 200), static_cast<std::uint8_t>(round), 0, 1, static_cast<std::uint16_t>(port + 1024)), kStart);
    }
  }
  CHECK(queue.waiting() <= ProbeLimits{}.waiting);
  CHECK(take_all(queue, kStart) == 60);
  CHECK(take_all(queue, kStart + std::chrono::milliseconds(999)) == 0);
  CHECK(queue.next_turn() == kStart + std::chrono::seconds(1));
  CHECK(take_all(queue, kStart + std::chrono::seconds(1)) == 1);
  CHECK(take_all(queue, kStart + std::chrono::seconds(31)) == 30);
  CHECK(take_all(queue, kStart + std::chrono::hours(1)) == 60);
}

TEST_CASE("probe queue: networks take turns, so a flood from one does not hold back the others") {
  ProbeQueue queue({}, kSeed);
  for (std::uint16_t port = 1; port <= 64; ++port) CHECK(queue.offer(at(198, 51, 100, 1, port), kStart));
  CHECK(queue.offer(at(203, 0, 113, 1), kStart));
  CHECK(queue.offer(at(192, 0, 2, 1), kStart));
  std::set<base::IpAddress> first;
  for (int i = 0; i < 3; ++i) first.insert(queue.take(kStart).value().address);
  CHECK(first.size() == 3);
}

TEST_CASE("probe queue: a network has room for some; in a full one newcomers have a chance") {
  ProbeQueue queue({}, kSeed);
  for (std::uint16_t port = 1; port <= 1000; ++port) CHECK(queue.offer(at(198, 51, 100, 1, port), kStart));
  CHECK(queue.waiting() == ProbeLimits{}.waiting_per_network);
  std::size_t late = 0;
  while (const auto taken = queue.take(kStart)) late += taken->port > 64 ? 1U : 0U;
  CHECK(late > 0);
}

TEST_CASE("probe queue: when all is full, the largest network gives way") {
  ProbeLimits limits;
  limits.waiting = 10;
  ProbeQueue queue(limits, kSeed);
  for (std::uint16_t port = 1; port <= 10; ++port) queue.offer(at(198, 51, 100, 1, port), kStart);
  for (std::uint8_t network = 1; network <= 5; ++network) CHECK(queue.offer(at(203, 0, network, 1), kStart));
  CHECK(queue.waiting() == 10);
  std::map<std::uint8_t, int> by_first;
  while (const auto taken = queue.take(kStart)) ++by_first[taken->address.data[0]];
  CHECK(by_first[203] == 5);
  CHECK(by_first[198] == 5);
}

TEST_CASE("probe queue: who did not answer is asked again later, who did much later") {
  ProbeQueue queue({}, kSeed);
  queue.failed(at(198, 51, 100, 1), kStart);
  queue.met(at(198, 51, 100, 2), kStart);
  CHECK_FALSE(queue.offer(at(198, 51, 100, 1), kStart + std::chrono::minutes(29)));
  CHECK(queue.offer(at(198, 51, 100, 1), kStart + std::chrono::minutes(30)));
  CHECK_FALSE(queue.offer(at(198, 51, 100, 2), kStart + std::chrono::minutes(359)));
  CHECK(queue.offer(at(198, 51, 100, 2), kStart + std::chrono::hours(6)));
}

TEST_CASE("probe queue: what it remembers is bounded") {
  ProbeLimits limits;
  limits.remembered = 100;
  ProbeQueue queue(limits, kSeed);
  for (std::uint16_t port = 1; port <= 5000; ++port) queue.failed(at(198, 51, 100, 1, port), kStart);
  std::size_t offered = 0;
  for (std::uint16_t port = 1; port <= 5000; ++port) offered += queue.offer(at(198, 51, 100, 1, port), kStart) ? 1U : 0U;
  CHECK(offered == 4900);
}
