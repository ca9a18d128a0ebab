#pragma once
// Discovery: how this relay is found and finds others (docs/discovery.md): announces itself in the DHT, asks those who are announced there who they
// are, keeps the directory, and searches holders of objects for clients. One thread of its own.

#include <utility>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "relay/discovery/dht.hpp"
#include "relay/discovery/own_descriptor.hpp"
#include "relay/discovery/probe_queue.hpp"
#include "relay/shared/discovery_counters.hpp"
#include "relay/shared/relay_directory.hpp"

namespace ferry::relay::discovery {

struct DiscoverySettings {
  std::optional<Dht::Settings> dht;       ///< nullopt: this relay's descriptor is kept current, and that is all
  std::vector<Endpoint> bootstrap;
  std::uint16_t public_port = 0;          ///< of TCP, that clients dial
  std::filesystem::path state_file;       ///< of the DHT
  ProbeLimits probes;
};

/// What it works with. Lifetime: outlives it. Threads: functions are called on its own.
struct DiscoverySurroundings {
  RelayDirectory& directory;
  DiscoveryCounters& counters;
  OwnDescriptor own;
  base::Bytes item_seed;
  /// Whether an address that a stranger named may be contacted.
  std::function<bool(const SocketAddress&)> may_contact;
  /// Roots of whole objects that are held and sold, those asked for last first; empty: none are announced.
  std::function<std::vector<base::Hash256>(std::size_t limit)> held;
  std::function<base::Time()> clock;
};

class DiscoveryWork;

class Discovery {
 public:
  using Settings = DiscoverySettings;
  using Surroundings = DiscoverySurroundings;

  /// Issues the first descriptor, then runs. Errors: those of Dht::start() and OwnDescriptor::issue().
  static base::Result<std::unique_ptr<Discovery>> start(Settings settings, Surroundings surroundings);
  /// Keeps the DHT's state and waits for the thread; searches that run end with what they have found.
  ~Discovery();
  Discovery(const Discovery&) = delete;
  Discovery& operator=(const Discovery&) = delete;

  std::uint16_t dht_port() const;
  /// As SearchHolders of relay/serve. Threads: any.
  void search_holders(const base::Hash256& root, std::size_t limit, std::function<void(std::vector<base::Bytes>)> found);

 private:
  Discovery(std::unique_ptr<boost::asio::io_context> io, std::unique_ptr<DiscoveryWork> work);

  std::unique_ptr<boost::asio::io_context> io_;
  std::unique_ptr<DiscoveryWork> work_;
  std::thread thread_;
};

}  // namespace ferry::relay::discovery
