#pragma once
// ProxyHouse: what all connections of one local proxy share: settings, budgets, what was used, the memory of its tunnels and the list of those
// that live now. Owned by Proxy, outlives every connection; what is charged after its end is not noted any more.
// Threads: the loop's.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "client/core.hpp"
#include "client/proxy/proxy_settings.hpp"
#include "client/relays/known_relays.hpp"
#include "client/relays/relay_choice.hpp"
#include "client/relays/relay_finder.hpp"
#include "client/status/status_view.hpp"
#include "client/tunnel/down_memory.hpp"
#include "client/usage/spending_limits.hpp"
#include "client/usage/usage_file.hpp"

namespace ferry::client {

/// A tunnel that lives now, as the status page shows it.
struct LiveTunnel {
  std::string app;
  Destination to;
  std::string relay;
  Usage usage;
  base::Time since;
};

class ProxyHouse : public std::enable_shared_from_this<ProxyHouse> {
 public:
  ProxyHouse(Core& core, KnownRelays& relays, RelayFinder& finder, ProxySettings settings);
  ProxyHouse(const ProxyHouse&) = delete;
  ProxyHouse& operator=(const ProxyHouse&) = delete;

  Core& core() { return core_; }
  const ProxySettings& settings() const { return settings_; }
  /// All relays of the client, in order.
  std::unique_ptr<RelayChoice> choose_relay();
  const std::vector<Relay*> all_relays() const { return relays_.all(); }
  KnownRelays& relays() { return relays_; }
  RelayFinder& finder() { return finder_; }
  base::MutableByteView scratch() { return base::MutableByteView{scratch_}; }
  const std::shared_ptr<DownMemory>& memory() { return memory_; }

  /// An app's budget for what it starts now.
  std::shared_ptr<Budget> budget_for(const std::string& app);
  void note(const std::string& app, const std::string& host, const std::string& relay, const Usage& usage);
  /// How a fetch ended, by its receipt.
  void note_level(const std::string& receipt_json, const base::Error* error);
  /// Destinations that must not, or need not, go to a relay: true, straight; false, through a relay. Refusal "local_destination".
  base::Result<bool> goes_direct(const Destination& to) const;

  std::uint64_t enter(LiveTunnel tunnel);
  LiveTunnel* find(std::uint64_t number);
  void leave(std::uint64_t number) { tunnels_.erase(number); }

  StatusView view(const std::string& address);
  void stop(Task done) { file_.stop(std::move(done)); }

 private:
  Core& core_;
  KnownRelays& relays_;
  RelayFinder& finder_;
  const ProxySettings settings_;
  base::Bytes scratch_;
  std::shared_ptr<DownMemory> memory_ = std::make_shared<DownMemory>();
  UsageBook book_;
  UsageFile file_;
  std::unique_ptr<SpendingLimits> limits_;
  std::map<std::uint64_t, LiveTunnel> tunnels_;
  std::uint64_t last_tunnel_ = 0;
  std::map<std::string, std::uint64_t> levels_;  ///< that fetches reached since the start
};

}  // namespace ferry::client
