// walk_dht COUNT: so many DHT nodes in one process, each of which knows the first; prints how many others each has heard of, second by second, until
// all have heard of all. Not a part of tests/bench/run: it measures a network, not this machine.

#include <cstdlib>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <numeric>
#include <set>
#include <vector>

#include "relay/discovery/dht.hpp"

namespace {

using namespace ferry;
using namespace ferry::relay::discovery;

constexpr std::size_t kMost = 1000;
constexpr std::uint16_t kFirstPort = 7000;
constexpr int kLongest = 120;

struct Network {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::unique_ptr<Dht>> nodes;
  std::vector<std::set<std::uint16_t>> heard;

  bool start(std::size_t count) {
    heard.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      auto node = Dht::start({relay::Endpoint{"127.0.0.1", 0}, true}, {}, [this] { changed.notify_one(); });
      if (!node) {
        fmt::print(stderr, "node {}: {}\n", i, node.error().message);
        return false;
      }
      nodes.push_back(std::move(*node));
      if (i > 0) nodes.back()->add_node({"127.0.0.1", nodes.front()->port()});
    }
    return true;
  }

  void walk() {
    for (std::size_t i = 0; i < nodes.size(); ++i) nodes[i]->announce(ferry::discovery::relays_key(), static_cast<std::uint16_t>(kFirstPort + i));
  }

  void listen_until(std::chrono::steady_clock::time_point end) {
    while (std::chrono::steady_clock::now() < end) {
      std::unique_lock lock(mutex);
      changed.wait_until(lock, std::min(end, std::chrono::steady_clock::now() + std::chrono::milliseconds(20)));
      for (std::size_t i = 0; i < nodes.size(); ++i) {
        for (const auto& news : nodes[i]->take_news()) {
          if (const auto* came = std::get_if<PeersCame>(&news)) {
            for (const auto& peer : came->peers) heard[i].insert(peer.port);
          }
        }
      }
    }
  }
};

}  // namespace

int main(int argc, char** argv) {
  const auto count = argc == 2 ? static_cast<std::size_t>(std::strtoul(argv[1], nullptr, 10)) : 0;
  if (count < 2 || count > kMost) {
    fmt::print(stderr, "usage: walk_dht COUNT, from 2 to {}\n", kMost);
    return 2;
  }
  Network network;
  if (!network.start(count)) return 1;
  const auto began = std::chrono::steady_clock::now();
  for (int second = 1; second <= kLongest; ++second) {
    network.walk();
    network.listen_until(began + std::chrono::seconds(second));
    const auto size_of = [](const auto& one) { return one.size(); };
    const auto least = std::ranges::min_element(network.heard, {}, size_of)->size();
    const auto sum = std::accumulate(network.heard.begin(), network.heard.end(), std::size_t{0}, [](std::size_t total, const auto& one) { return total + one.size(); });
    fmt::print("{} s: of {} each has heard of at least {}, {:.1f} on average\n", second, count, least, static_cast<double>(sum) / static_cast<double>(count));
    std::fflush(stdout);
    if (least == count) return 0;
  }
  return 1;
}
