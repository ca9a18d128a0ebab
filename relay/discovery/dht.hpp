#pragma once
// Dht: this relay's node in BitTorrent's Mainline DHT, and nothing else of BitTorrent. The only header through which the rest of the relay sees
// libtorrent, whose own headers stay in dht.cpp.
// Threads: one owner, but `wake`, which runs on libtorrent's thread and must only wake that owner.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"
#include "protocol/discovery/descriptor.hpp"
#include "protocol/discovery/dht_key.hpp"
#include "relay/exit/socket_address.hpp"
#include "relay/shared/settings.hpp"

namespace ferry::relay::discovery {

using ferry::discovery::DhtKey;
using ferry::discovery::ItemKey;
using exit::SocketAddress;

/// What strangers say under a key: anybody may have written it.
struct PeersCame { DhtKey key; std::vector<SocketAddress> peers; };
/// A value whose signature by `key` was checked by libtorrent; what is in it was not.
struct ItemCame { ItemKey key; base::Bytes value; };
using DhtNews = std::variant<PeersCame, ItemCame>;

class Dht {
 public:
  struct Settings {
    Endpoint listen;      ///< UDP
    /// Many nodes share one address, as on loopback: else only one per address is believed.
    bool one_address = false;
  };

  /// `state`: what save_state() gave in an earlier run, or empty; one that cannot be read is as good as none. Error: environment "dht_listen".
  static base::Result<std::unique_ptr<Dht>> start(const Settings& settings, base::ByteView state, std::function<void()> wake);
  ~Dht();
  Dht(const Dht&) = delete;
  Dht& operator=(const Dht&) = delete;

  /// As bound.
  std::uint16_t port() const;

  /// A node that may know others; a name is resolved by libtorrent.
  void add_node(const Endpoint& node);
  /// Says that this machine has a peer on TCP `port` under `key`, and searches who else says so.
  void announce(const DhtKey& key, std::uint16_t port);
  void search(const DhtKey& key);
  /// Keeps `value` (at most 996 bytes) under the key of `seed`, for two hours. Source: BEP 44.
  void publish(base::ByteView seed, std::uint64_t sequence, base::ByteView value);
  void fetch(const ItemKey& key);
  static ItemKey item_key(base::ByteView seed);

  /// What came since the last call.
  std::vector<DhtNews> take_news();
  /// The node's number and those that it knows. Blocks for a moment.
  base::Bytes save_state() const;

 private:
  struct State;
  explicit Dht(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace ferry::relay::discovery
