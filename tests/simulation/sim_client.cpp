#include "tests/simulation/sim_client.hpp"

#include <algorithm>
#include <utility>

#include "protocol/discovery/descriptor_book.hpp"
#include "tests/simulation/connection.hpp"

namespace ferry::simulation {

namespace {

constexpr std::size_t kMetAtOnce = 4;                       ///< as KnownRelays
constexpr double kMeetingPatience = 1.5;                    ///< as Patience::second_relay
constexpr double kToldAgain = 600;                          ///< as RelayFinder::kAgain
constexpr std::size_t kToldAtOnce = 128;                    ///< two relays, each tells of as many as a message holds
constexpr std::size_t kToldAtMost = 512;                    ///< as FoundRelays::kMaxRelays
constexpr base::Duration kMarked = std::chrono::hours(24);  ///< as RelayMarks::kMarked

}  // namespace

SimClient::SimClient(World& in, Relays& all, base::SecretKey secret, double bytes_per_second)
    : world(in),
      relays(all),
      key(std::move(secret)),
      ledger(kDomain),
      line(in.events, bytes_per_second),
      choice_random_(in.random()),
      draw_(in.random()) {}

SimClient::~SimClient() = default;

/// A user names relays that are there; so many of them, drawn by lot. Relays tell of those that are there, whoever they are.
void SimClient::be_told() {
  const bool first = told_at_ < 0;
  const bool finds = world.settings.find && world.settings.choose == "best";
  if (!first && (!finds || world.events.now() - told_at_ < kToldAgain)) return;
  told_at_ = world.events.now();
  std::vector<std::size_t> there;
  for (const auto& relay : relays) {
    if (relay->is_there()) there.push_back(relay->number);
  }
  const auto wanted = std::min<std::size_t>(there.size(), finds ? kToldAtOnce : world.settings.known);
  for (std::size_t i = 0; i < wanted; ++i) {
    std::swap(there[i], there[i + static_cast<std::size_t>(world.uniform(0, static_cast<double>(there.size() - i)))]);
    if (!finds) named_.push_back(there[i]);
    if (finds && told_.size() < kToldAtMost) told_.insert(there[i]);
  }
}

/// As FoundRelays::some() with each relay in a network of its own.
std::vector<std::size_t> SimClient::usable() const {
  if (told_.empty()) return named_;
  std::vector<std::pair<std::uint64_t, std::size_t>> ranked;
  for (const auto number : told_) ranked.emplace_back(discovery::drawn_rank(draw_, relays[number]->key.address()), number);
  std::ranges::sort(ranked);
  ranked.resize(std::min<std::size_t>(ranked.size(), world.settings.known));
  std::vector<std::size_t> drawn;
  for (const auto& [rank, number] : ranked) drawn.push_back(number);
  return drawn;
}

void SimClient::meet(std::function<void()> then) {
  be_told();
  if (world.settings.choose != "best") return then();
  const auto candidates = usable();
  const auto is_known = [this](std::size_t relay) { return standing_of(relay).has_session || scores_[relay].round_trip_seconds; };
  auto strangers = honest(candidates);
  std::erase_if(strangers, [&](std::size_t relay) { return is_known(relay) || !scores_[relay].is_new() || connections_.contains(relay); });
  std::ranges::shuffle(strangers, choice_random_);
  strangers.resize(std::min(strangers.size(), kMetAtOnce));
  const bool must_wait = !strangers.empty() && std::ranges::none_of(candidates, is_known);
  if (must_wait) {
    meeting_ = then;
    world.events.after(kMeetingPatience, [this] { met(); });
  }
  for (const auto relay : strangers) static_cast<void>(connection(relay));
  if (!must_wait) then();
}

void SimClient::met() {
  if (const auto then = std::exchange(meeting_, nullptr)) then();
}

std::vector<std::size_t> SimClient::order() {
  be_told();
  auto candidates = usable();
  if (world.settings.choose == "best") {
    std::vector<client::Candidate> rated;
    for (const auto number : candidates) {
      const auto score = scores_.find(number);
      rated.push_back({score != scores_.end() ? score->second : client::RelayScore{}, standing_of(number)});
    }
    std::vector<std::size_t> ordered;
    for (const auto index : client::sampled_order(rated, client::need_among(rated), choice_random_)) ordered.push_back(candidates[index]);
    candidates = std::move(ordered);
  }
  return candidates;
}

client::Standing SimClient::standing_of(std::size_t relay) const {
  const auto connection = connections_.find(relay);
  client::Standing standing;
  standing.has_session = connection != connections_.end() && connection->second && !connection->second->is_over();
  const auto address = relays[relay]->key.address();
  standing.has_channel = std::ranges::any_of(ledger.channels(), [&](const auto& entry) {
    const auto& [id, channel] = entry;
    return channel.config.receiver_authorizer == address && !channel.closed && channel.balance > std::max(channel.signed_ceiling, channel.recorded);
  });
  return standing;
}

std::vector<std::size_t> SimClient::honest(const std::vector<std::size_t>& order) const {
  auto unmarked = order;
  std::erase_if(unmarked, [this](auto number) {
    const auto mark = marked_until_.find(number);
    return mark != marked_until_.end() && mark->second > world.time();
  });
  return unmarked.empty() ? order : unmarked;
}

std::shared_ptr<Connection> SimClient::connection(std::size_t relay) {
  auto& connection = connections_[relay];
  if (connection && !connection->is_over()) return connection;
  connection = std::make_shared<Connection>(*this, *relays[relay]);
  connection->dial();
  return connection;
}

void SimClient::blame(const SimRelay& relay) {
  score(relay).lied();
  marked_until_[relay.number] = world.time() + kMarked;
  blamed_.insert(relay.number);
  ++world.tally.lies_found;
}

}  // namespace ferry::simulation
