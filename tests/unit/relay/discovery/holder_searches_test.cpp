#include "relay/discovery/holder_searches.hpp"

#include <doctest/doctest.h>

#include <optional>

#include "tests/unit/protocol/discovery/descriptor_samples.hpp"

using namespace ferry;
using namespace ferry::relay;
using namespace ferry::relay::discovery;
namespace samples = ferry::discovery::samples;
using samples::kNow;

namespace {

SocketAddress holder_at(std::uint16_t port) { return {base::IpAddress::v4({203, 0, 113, 1}), port}; }

base::Hash256 root_of(std::uint8_t number) {
  base::Hash256 root;
  root.data.fill(number);
  return root;
}

/// Relays 2 to 5 were met on ports 8002 to 8005; this one is 1.
struct SearchRoom {
  SearchRoom() {
    directory.set_own(samples::signed_descriptor(1));
    for (std::uint8_t number = 2; number < 6; ++number) {
      CHECK(directory.learn(samples::signed_descriptor(number), kNow).has_value());
      searches.met(holder_at(static_cast<std::uint16_t>(8000 + number)), samples::key(number).address());
    }
  }
  bool ask(const base::Hash256& root, std::optional<std::size_t>& answer, std::size_t limit = 10) {
    return searches.start(root, limit, [&answer](const std::vector<base::Bytes>& found) { answer = found.size(); }, directory, kNow);
  }

  RelayDirectory directory;
  HolderSearches searches;
};

}  // namespace

TEST_CASE("holder searches: addresses become the relays that were met there") {
  SearchRoom room;
  std::optional<std::size_t> answer;
  CHECK(room.ask(root_of(1), answer));
  room.searches.told(ferry::discovery::holders_key(root_of(1)), {holder_at(8002), holder_at(8003), holder_at(9999), holder_at(8002)}, kNow);
  room.searches.end_due(room.directory, kNow + HolderSearches::kQuiet - base::Duration{1});
  CHECK_FALSE(answer.has_value());
  CHECK(room.searches.next_end() == kNow + HolderSearches::kQuiet);
  room.searches.end_due(room.directory, kNow + HolderSearches::kQuiet);
  CHECK(answer == 2);
}

TEST_CASE("holder searches: one that brings nothing ends in time") {
  SearchRoom room;
  std::optional<std::size_t> answer;
  CHECK(room.ask(root_of(1), answer));
  room.searches.end_due(room.directory, kNow + HolderSearches::kLongest);
  CHECK(answer == 0);
}

TEST_CASE("holder searches: many who ask for one object cost one search") {
  SearchRoom room;
  std::optional<std::size_t> first, second, third;
  CHECK(room.ask(root_of(1), first));
  CHECK_FALSE(room.ask(root_of(1), second, 1));
  room.searches.told(ferry::discovery::holders_key(root_of(1)), {holder_at(8002), holder_at(8003)}, kNow);
  room.searches.end_due(room.directory, kNow + HolderSearches::kLongest);
  CHECK(first == 2);
  CHECK(second == 1);
  CHECK_FALSE(room.ask(root_of(1), third));
  CHECK(third == 2);
}

TEST_CASE("holder searches: what nobody asked for is not kept, and questions are bounded") {
  SearchRoom room;
  room.searches.told(ferry::discovery::holders_key(root_of(9)), {holder_at(8002)}, kNow);
  std::optional<std::size_t> answer;
  for (std::size_t i = 0; i < HolderSearches::kRoots; ++i) {
    base::Hash256 root;
    root.data[0] = static_cast<std::uint8_t>(i);
    root.data[1] = static_cast<std::uint8_t>(i >> 8U);
    CHECK(room.ask(root, answer));
  }
  CHECK_FALSE(answer.has_value());
  CHECK_FALSE(room.ask(root_of(0xff), answer));
  CHECK(answer == 0);
}

TEST_CASE("holder searches: this relay is a holder of what it announces") {
  SearchRoom room;
  std::optional<std::size_t> answer;
  room.searches.set_own({root_of(1)});
  CHECK(room.ask(root_of(1), answer));
  room.searches.end_all(room.directory);
  CHECK(answer == 1);
}
