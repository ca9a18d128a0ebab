#pragma once
// SimClient: one client: its real ledger, budget and scores, the relays that it was told of, its connections. A fetch is Fetch's; one relay's part
// in it Download's; what is paid on a connection ClientEnd's.

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "channels/payer_ledger.hpp"
#include "client/pay/budget.hpp"
#include "client/relays/sampled_order.hpp"
#include "client/wallet/counted_deliveries.hpp"
#include "tests/simulation/sim_relay.hpp"

namespace ferry::simulation {

class Connection;

using Relays = std::vector<std::unique_ptr<SimRelay>>;

class SimClient {
 public:
  SimClient(World& world, Relays& relays, base::SecretKey secret, double bytes_per_second);
  ~SimClient();

  /// As KnownRelays::meet(); `then` may be called from inside.
  void meet(std::function<void()> then);
  /// A relay that was connected to has answered.
  void met();
  /// Indices of relays in the order in which a fetch tries them, as KnownRelays::choose().
  std::vector<std::size_t> order();
  /// Without the marked ones, unless all are, as FirstWorking::all().
  /// As client::Standings tells it.
  client::Standing standing_of(std::size_t relay) const;
  std::vector<std::size_t> honest(const std::vector<std::size_t>& order) const;
  /// The running connection to a relay, or a new one.
  std::shared_ptr<Connection> connection(std::size_t relay);
  client::RelayScore& score(const SimRelay& relay) { return scores_[relay.number]; }
  /// As Relay::fault().
  void blame(const SimRelay& relay);
  bool has_blamed(std::size_t relay) const { return blamed_.contains(relay); }

  World& world;
  Relays& relays;
  base::SecretKey key;
  channels::PayerLedger ledger;
  client::CountedDeliveries counted;
  client::Budget budget{std::nullopt};
  Line line;
  double delay = 0;
  std::uint32_t fetches_left = 0;

 private:
  void be_told();
  std::vector<std::size_t> usable() const;

  client::Random choice_random_;
  std::uint64_t draw_;                 ///< as FoundRelays
  std::vector<std::size_t> named_;     ///< in the order in which the user named them
  std::set<std::size_t> told_;         ///< by other relays
  double told_at_ = -1e9;
  std::map<std::size_t, client::RelayScore> scores_;
  std::map<std::size_t, base::Time> marked_until_;
  std::set<std::size_t> blamed_;       ///< the same, kept apart, to see that marks are kept to
  std::map<std::size_t, std::shared_ptr<Connection>> connections_;
  std::function<void()> meeting_;      ///< waits for the first that answers
};

}  // namespace ferry::simulation
