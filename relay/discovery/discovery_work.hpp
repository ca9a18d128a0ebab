#pragma once
// DiscoveryWork: what Discovery does on its thread: when to walk the DHT, whom to probe, when to say what. Used only by Discovery.
// Threads: that one; prepare() and dht_port() before it runs.

#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <unordered_set>
#include <vector>

#include "relay/discovery/discovery.hpp"
#include "relay/discovery/holder_searches.hpp"
#include "relay/discovery/probe_relay.hpp"
#include "relay/serve/local_event.hpp"

namespace ferry::relay::discovery {

class DiscoveryWork {
 public:
  DiscoveryWork(boost::asio::io_context& io, DiscoverySettings settings, DiscoverySurroundings surroundings, std::shared_ptr<wire::TlsContext> tls);

  base::Result<void> prepare();
  std::uint16_t dht_port() const { return dht_ ? dht_->port() : std::uint16_t{0}; }

  boost::asio::awaitable<void> run();
  void stop();
  void search(const base::Hash256& root, std::size_t limit, std::function<void(std::vector<base::Bytes>)> found);

 private:
  void do_what_is_due(base::Time now);
  base::Duration until_next(base::Time now) const;
  void walk(base::Time now);
  void announce_objects(base::Time now);
  base::Result<void> issue(base::Time now);
  void publish(base::Time now);
  void look_after_directory(base::Time now);
  void save_state(base::Time now);

  void read_news();
  void on(const PeersCame& came, base::Time now);
  void on(const ItemCame& came, base::Time now);
  void consider(const SocketAddress& peer, base::Time now);
  void start_probes(base::Time now);
  boost::asio::awaitable<void> probe(SocketAddress where);
  void met(const SocketAddress& where, ferry::discovery::SignedDescriptor descriptor, base::Time now);

  boost::asio::io_context& io_;
  DiscoverySettings settings_;
  DiscoverySurroundings around_;
  std::unique_ptr<Dht> dht_;
  base::Bytes scratch_;
  std::unordered_set<boost::asio::ip::tcp::socket*> probing_;
  ProbeMeans means_;
  ProbeQueue queue_;
  HolderSearches searches_;
  std::size_t probes_running_ = 0;
  LocalEvent due_;
  bool stopping_ = false;

  base::Duration walk_pause_;
  base::Time walk_at_{}, issue_at_{}, publish_at_{}, look_at_{}, save_at_{}, announce_at_{};
  std::vector<base::Hash256> to_announce_;  ///< of this round, the next one last
};

}  // namespace ferry::relay::discovery
