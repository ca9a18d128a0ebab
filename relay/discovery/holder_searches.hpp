#pragma once
// HolderSearches: clients' questions who holds an object, while the DHT is asked. Addresses that it names are turned into relays that were met there;
// who was never met is nobody. Answers are kept for a while, so that a flood of questions costs few searches. Pure: time is an argument.
// Threads: none; one owner.

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "protocol/discovery/dht_key.hpp"
#include "protocol/base/time.hpp"
#include "relay/exit/socket_address.hpp"
#include "relay/shared/relay_directory.hpp"

namespace ferry::relay::discovery {

using exit::SocketAddress;
using ferry::discovery::DhtKey;

class HolderSearches {
 public:
  using Found = std::function<void(std::vector<base::Bytes>)>;

  static constexpr std::size_t kRoots = 512;           ///< searched or remembered at one time
  static constexpr std::size_t kAskersOfOne = 64;
  static constexpr std::size_t kAddressesOfOne = 256;
  static constexpr std::size_t kRelays = 8192;         ///< addresses of relays that were met
  static constexpr base::Duration kLongest{5'000};     ///< of one search
  static constexpr base::Duration kQuiet{1'200};       ///< after the last address that came
  static constexpr base::Duration kRemembered = std::chrono::minutes(2);

  /// True: the DHT must be asked now. False: it was asked lately, or this is too much at once; `found` is called in time in any case.
  bool start(const base::Hash256& root, std::size_t limit, Found found, const RelayDirectory& directory, base::Time now);
  void told(const DhtKey& key, const std::vector<SocketAddress>& addresses, base::Time now);
  /// A relay proved that it is at an address.
  void met(const SocketAddress& address, const base::Address& relay);
  /// What this relay itself holds.
  void set_own(const std::vector<base::Hash256>& roots) { own_ = {roots.begin(), roots.end()}; }

  void end_due(const RelayDirectory& directory, base::Time now);
  void end_all(const RelayDirectory& directory);
  /// When end_due() wants to be called.
  base::Time next_end() const;

 private:
  struct Asker {
    std::size_t limit;
    Found found;
  };
  struct Search {
    base::Hash256 root;
    base::Time ends, forgotten;
    std::vector<SocketAddress> addresses;
    std::vector<Asker> askers;
    bool is_over = false;
  };

  std::vector<base::Bytes> answer(const Search& search, std::size_t limit, const RelayDirectory& directory) const;
  void end(Search& search, const RelayDirectory& directory);

  std::map<DhtKey, Search> searches_;
  std::map<SocketAddress, base::Address> relays_;
  std::set<base::Hash256> own_;
};

}  // namespace ferry::relay::discovery
