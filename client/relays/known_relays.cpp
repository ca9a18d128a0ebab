#include "client/relays/known_relays.hpp"

#include <algorithm>
#include <utility>

namespace ferry::client {

namespace {

/// Of the relays that are there to choose from, so many new ones are connected to with each fetch.
constexpr std::size_t kMetAtOnce = 4;

/// Waits for the first of some relays; kept by those that have not answered.
struct Meeting {
  Meeting(Loop& loop, std::size_t relays, std::function<void()> then) : missing(relays), done(std::move(then)), patience(loop) {}
  void end() {
    patience.stop();
    if (const auto tell = std::exchange(done, nullptr)) tell();
  }
  std::size_t missing;
  std::function<void()> done;
  Timer patience;
};

}  // namespace

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

void KnownRelays::meet(const std::vector<RelayReference>& named, std::function<void()> done) {
  if (!chooses_by_score()) return done();
  const auto candidates = usable(named);
  const auto is_known = [this](const Relay* relay) { return relay->session() != nullptr || core_.scores.find(relay->address()).round_trip_seconds; };
  auto strangers = candidates;
  std::erase_if(strangers, [&](const Relay* relay) {
    return is_known(relay) || !core_.scores.find(relay->address()).is_new() || core_.marks.find(relay->address());
  });
  std::ranges::shuffle(strangers, random_);
  strangers.resize(std::min(strangers.size(), kMetAtOnce));
  if (strangers.empty() || std::ranges::any_of(candidates, is_known)) {
    for (auto* relay : strangers) relay->connect([](const base::Result<void>&) {});
    return done();
  }
  const auto meeting = std::make_shared<Meeting>(core_.loop, strangers.size(), std::move(done));
  meeting->patience.start(core_.settings.patience.second_relay, [weak = std::weak_ptr(meeting)] {
    if (const auto waiting = weak.lock()) waiting->end();
  });
  for (auto* relay : strangers) {
    relay->connect([meeting](const base::Result<void>& outcome) {
      if (--meeting->missing == 0 || outcome) meeting->end();
    });
  }
}

std::unique_ptr<RelayChoice> KnownRelays::choose(const std::vector<RelayReference>& named) {
  auto candidates = usable(named);
  if (chooses_by_score()) candidates = sampled_relays(candidates, core_.scores, Standings(core_), random_);
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
