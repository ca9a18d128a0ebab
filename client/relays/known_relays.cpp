#include "client/relays/known_relays.hpp"

#include <algorithm>
#include <utility>

namespace ferry::client {

Relay& KnownRelays::get(const RelayReference& reference) {
  auto& relay = relays_[reference.to_string()];
  if (!relay) {
    relay = std::make_unique<Relay>(core_, reference);
    order_.push_back(relay.get());
  }
  return *relay;
}

std::vector<Relay*> KnownRelays::get(const std::vector<RelayReference>& references) {
  std::vector<Relay*> list;
  for (const auto& reference : references) list.push_back(&get(reference));
  return list;
}

std::vector<Relay*> KnownRelays::get(const std::vector<base::Address>& addresses) {
  std::vector<Relay*> list;
  for (const auto& address : addresses) {
    const auto known = std::ranges::find_if(order_, [&address](const Relay* relay) { return relay->address() == address; });
    const auto reference = core_.found.reference(address);
    if (known != order_.end()) {
      list.push_back(*known);
    } else if (reference) {
      list.push_back(&get(*reference));
    }
  }
  return list;
}

std::vector<Relay*> KnownRelays::usable(const std::vector<RelayReference>& named) {
  /// Enough to find one that works.
  constexpr std::size_t kFoundAtMost = 16;
  auto list = get(named);
  if (!core_.settings.discover) return list;
  for (const auto& reference : core_.found.some(kFoundAtMost)) {
    const auto is_it = [&reference](const Relay* relay) { return relay->address() == reference.relay; };
    if (std::ranges::none_of(list, is_it)) list.push_back(&get(reference));
  }
  return list;
}

std::unique_ptr<RelayChoice> KnownRelays::choose(const std::vector<RelayReference>& named) {
  auto candidates = usable(named);
  if (core_.settings.choose_by_score || core_.settings.discover) candidates = sampled_relays(candidates, core_.scores, Standings(core_), random_);
  return std::make_unique<FirstWorking>(std::move(candidates), core_.marks);
}

std::vector<Relay*> KnownRelays::all() const { return order_; }

Relay* KnownRelays::serving(const base::Domain& ledger) const {
  for (auto* relay : order_) {
    if (relay->session() == nullptr) continue;
    const auto& welcome = relay->session()->welcome();
    if (base::Domain{welcome.chain_id, welcome.contract} == ledger) return relay;
  }
  return nullptr;
}

void KnownRelays::connect_all(const std::vector<Relay*>& relays, std::function<void(const std::map<Relay*, base::Error>&)> done) {
  struct Round {
    std::size_t missing = 0;
    std::map<Relay*, base::Error> failed;
    std::function<void(const std::map<Relay*, base::Error>&)> done;
  };
  auto round = std::make_shared<Round>(Round{relays.size(), {}, std::move(done)});
  if (relays.empty()) return round->done(round->failed);
  for (auto* relay : relays) {
    relay->connect([round, relay](const base::Result<void>& outcome) {
      if (!outcome) round->failed.emplace(relay, outcome.error());
      if (--round->missing == 0) round->done(round->failed);
    });
  }
}

}  // namespace ferry::client
