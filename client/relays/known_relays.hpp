#pragma once
// KnownRelays: one Relay for each reference that a client was ever given. Threads: the loop's.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "client/relays/relay_choice.hpp"
#include "client/relays/sampled_order.hpp"

namespace ferry::client {

class KnownRelays {
 public:
  explicit KnownRelays(Core& core) : core_(core) {}
  KnownRelays(const KnownRelays&) = delete;
  KnownRelays& operator=(const KnownRelays&) = delete;

  /// Lifetime: as this.
  Relay& get(const RelayReference& reference);
  std::vector<Relay*> get(const std::vector<RelayReference>& references);
  /// Those of these that are known, or were found.
  std::vector<Relay*> get(const std::vector<base::Address>& addresses);
  /// Those that are named, and, where finding is on, some of those that were found.
  std::vector<Relay*> usable(const std::vector<RelayReference>& named);
  /// Where relays are chosen by their scores: connects to some of the usable ones of which nothing is known, so that a choice knows how far they are;
  /// no money moves. `done` is called at once when the way to another one is known, else when the first of them has answered, or none did in
  /// Patience::second_relay. May call back from inside.
  void meet(const std::vector<RelayReference>& named, std::function<void()> done = [] {});
  /// Of the usable ones, which a fetch or tunnel asks next: in their order, or by their scores when the settings say so or others than the named are
  /// used.
  std::unique_ptr<RelayChoice> choose(const std::vector<RelayReference>& named);
  std::vector<Relay*> all() const;
  /// A connected relay whose ledger this is; null when there is none.
  Relay* serving(const base::Domain& ledger) const;

  /// One attempt at each that is not connected; then calls back, whether they answered or not.
  static void connect_all(const std::vector<Relay*>& relays, std::function<void(const std::map<Relay*, base::Error>& failed)> done);

 private:
  bool chooses_by_score() const { return core_.settings.choose_by_score || core_.settings.discover; }

  Core& core_;
  Random random_{std::random_device{}()};
  std::map<std::string, std::unique_ptr<Relay>> relays_;
  std::vector<Relay*> order_;
};

}  // namespace ferry::client
