#include <utility>

#include "relay/discovery/start_discovery.hpp"

#include <algorithm>

#include "protocol/discovery/dht_key.hpp"
#include "relay/ops/make_exit_policy.hpp"
#include "relay/ops/setting_text.hpp"
#include "relay/serve/node.hpp"

namespace ferry::relay::discovery {

namespace {

/// Several nodes on one address are believed where the operator lets the relay contact this machine: only there are there any.
bool shares_an_address(const RelaySettings& settings) {
  const auto listen = base::IpAddress::parse(settings.discovery.dht_listen.host);
  return listen && !listen->is_v6 && listen->data[0] == 127;
}

}  // namespace

base::Result<std::unique_ptr<Discovery>> start_discovery(const FoundAs& as, RelayDirectory& directory, DiscoveryCounters& counters, ContentCache& cache) {
  const auto& choice = as.settings.discovery;
  const auto seed = ferry::discovery::item_seed(as.identity);
  OwnDescriptor::Facts facts{as.authority, as.policy_hash, as.software, Node::now(), {}};
  if (choice.dht) facts.item_key = Dht::item_key(seed.view());
  FERRY_TRY(auto own, OwnDescriptor::make(as.identity, as.settings, std::move(facts), as.data.descriptor_number()));

  DiscoverySettings settings;
  if (choice.dht) settings.dht = Dht::Settings{choice.dht_listen, shares_an_address(as.settings)};
  for (const auto& text : choice.bootstrap) {
    FERRY_TRY(auto node, parse_host_and_port(text));
    settings.bootstrap.push_back(std::move(node));
  }
  settings.public_port = own.draft().endpoints.front().port;
  settings.state_file = as.data.dht_state();

  FERRY_TRY(const auto policy, make_probe_policy(as.settings));
  const auto may_contact = [policy](const SocketAddress& peer) { return may_probe(policy, peer.address, peer.port); };
  const auto held = [&cache](std::size_t limit) { return cache.recent_roots(limit); };
  const auto bytes = seed.view();
  return Discovery::start(std::move(settings), {directory, counters, std::move(own), base::Bytes(bytes.begin(), bytes.end()), may_contact, held, &Node::now});
}

}  // namespace ferry::relay::discovery
