// The DHT on loopback: nodes that know one of them find what the others have written.

#include "relay/discovery/dht.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "protocol/discovery/signed_descriptor.hpp"

using namespace ferry;
using namespace ferry::relay::discovery;
using ferry::relay::Endpoint;

namespace {

constexpr std::chrono::seconds kPatience{30};

/// A node, and what it was told so far.
class DhtRoom {
 public:
  explicit DhtRoom(const base::Bytes& state = {}) {
    auto made = Dht::start({Endpoint{"127.0.0.1", 0}, true}, state, [this] {
      const std::lock_guard lock(mutex_);
      woken_ = true;
      changed_.notify_one();
    });
    REQUIRE(made.has_value());
    dht_ = std::move(*made);
  }
  Dht& operator*() { return *dht_; }
  Dht* operator->() { return dht_.get(); }

  /// Says `again` until something came that fits.
  template <typename Again, typename Fits>
  bool wait_for(Again again, Fits fits) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < until) {
      again();
      {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::milliseconds(200), [this] { return woken_; });
        woken_ = false;
      }
      for (const auto& news : dht_->take_news()) {
        if (fits(news)) return true;
      }
    }
    return false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
  std::unique_ptr<Dht> dht_;
};

}  // namespace

TEST_CASE("DHT: what one node announces and publishes, another finds; who comes back needs nobody to begin with") {
  DhtRoom first, second, third;
  for (auto* room : {&second, &third}) (*room)->add_node({"127.0.0.1", first->port()});
  const auto key = ferry::discovery::relays_key();
  const auto is_second = [&](const DhtNews& news) {
    const auto* came = std::get_if<PeersCame>(&news);
    return came != nullptr && came->key == key && came->peers == std::vector<SocketAddress>{{base::IpAddress::v4({127, 0, 0, 1}), 7001}};
  };
  const bool found = third.wait_for(
      [&] {
        second->announce(key, 7001);
        third->search(key);
      },
      is_second);
  CHECK(found);

  const base::Bytes seed(32, 7);
  const base::Bytes value(ferry::discovery::kMaxSignedDescriptor, 0xab);
  const auto item = Dht::item_key(seed);
  const bool fetched = third.wait_for(
      [&] {
        second->publish(seed, 5, value);
        third->fetch(item);
      },
      [&](const DhtNews& news) {
        const auto* came = std::get_if<ItemCame>(&news);
        return came != nullptr && came->key == item && came->value == value;
      });
  CHECK(fetched);

  DhtRoom back(third->save_state());
  CHECK(back.wait_for([&] { back->search(key); }, is_second));
}

TEST_CASE("DHT: a state that is damaged is as good as none") {
  for (const auto& state : {base::Bytes{'d', '9'}, base::Bytes(1000, 0xff), base::Bytes{'i', '1', 'e'}}) CHECK(DhtRoom(state)->port() != 0);
}

TEST_CASE("DHT: an address that is taken is told") {
  DhtRoom first;
  const auto second = Dht::start({Endpoint{"127.0.0.1", first->port()}, true}, {}, [] {});
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().code == "dht_listen");
}
