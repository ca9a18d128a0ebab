// Who brings what, as client/fetch/fetch_lanes.cpp for a file.

#include <algorithm>

#include "protocol/content/geometry.hpp"
#include "tests/simulation/fetch.hpp"

namespace ferry::simulation {

namespace {

// As there.
constexpr std::uint64_t kWorthALane = 8;
constexpr double kUsualSeconds = 0.1;
constexpr double kLookAgain = 0.1;
constexpr double kLeastLateSeconds = 0.2;
constexpr double kOpeningSeconds = 5;  // Patience::opening

}  // namespace

std::optional<std::size_t> Fetch::best_relay(const std::set<std::size_t>& besides) const {
  const auto honest = client_.honest(order_);
  const auto found = std::ranges::find_if(honest, [&](std::size_t relay) { return !failed_.contains(relay) && !besides.contains(relay); });
  return found == honest.end() ? std::nullopt : std::optional(*found);
}

std::set<std::size_t> Fetch::relays_in_use() const {
  std::set<std::size_t> relays;
  for (const auto& lane : lanes_) relays.insert(lane->relay());
  return relays;
}

bool Fetch::has(const Lane& lane) const {
  return std::ranges::any_of(lanes_, [&lane](const auto& one) { return one.get() == &lane; });
}

void Fetch::add_lane(std::size_t relay) {
  const bool has_other = std::ranges::any_of(order_, [this](auto other) { return !client_.has_blamed(other); });
  if (has_other && client_.has_blamed(relay)) ++world_.tally.chosen_although_blamed;
  LaneOwner& here = *this;
  lanes_.emplace_back(std::make_shared<Lane>(client_, relay, here))->prepare();
}

void Fetch::drop_lane(Lane& lane) {
  const auto found = std::ranges::find_if(lanes_, [&lane](const auto& one) { return one.get() == &lane; });
  const auto dropped = *found;
  lanes_.erase(found);
  dropped->drop();
  for (const auto& other : lanes_) other->unmark_doubled();
  world_.events.after(0, [dropped] {});  // it may be on the call stack
}

/// A relay that says nothing for long gets a rival, later if a channel with it is being opened; whose head comes first, brings the body.
void Fetch::watch_head(bool is_opening) {
  const double seconds = is_opening ? std::max(kOpeningSeconds, world_.settings.patience_seconds) : world_.settings.patience_seconds;
  world_.events.after(seconds, [weak = weak_from_this(), watch = ++watches_] {
    const auto self = weak.lock();
    if (!self || self->over_ || watch != self->watches_ || self->head_known_ || !self->is_only()) return;
    const auto rival = self->best_relay(self->relays_in_use());
    if (!rival) return;
    self->met_bad_ = true;
    ++self->world_.tally.rivals;
    self->add_lane(*rival);
  });
}

/// The others did not even say what they have. They may help later, when nobody else can.
void Fetch::drop_rivals(const Lane& first) {
  for (const auto& lane : std::vector(lanes_)) {
    if (lane.get() == &first || lane->has_head()) continue;
    slow_.insert(lane->relay());
    drop_lane(*lane);
  }
}

double Fetch::usual_seconds() const {
  double sum = 0, known = 0;
  for (const auto& lane : lanes_) {
    if (!lane->chunk_seconds()) continue;
    sum += *lane->chunk_seconds();
    ++known;
  }
  return known > 0 ? sum / known : kUsualSeconds;
}

std::vector<client::RunningRun> Fetch::running() const {
  std::vector<client::RunningRun> runs;
  const auto usual = usual_seconds();
  for (const auto& lane : lanes_) {
    for (const auto& run : lane->running(length_, usual)) runs.push_back(run);
  }
  return runs;
}

Fetch::OthersRuns Fetch::runs_besides(const Lane& lane) const {
  OthersRuns others;
  const auto usual = usual_seconds();
  for (const auto& other : lanes_) {
    if (other.get() == &lane) continue;
    std::size_t index = 0;
    for (const auto& run : other->running(length_, usual)) {
      others.runs.push_back(run);
      others.of.emplace_back(other.get(), index++);
    }
  }
  return others;
}

client::Run Fetch::all_missing() const {
  const auto missing = chunks_.missing();
  return {missing.first, missing.count == UINT64_MAX ? UINT64_MAX : missing.first + missing.count};
}

std::optional<client::Run> Fetch::next_run(Lane& lane) {
  if (!head_known_ && lane.is_idle()) return all_missing();  // of rivals each is asked for all
  const auto end = head_known_ ? content::chunk_count(*length_) : UINT64_MAX;
  if (const auto run = client::unclaimed_run(chunks_, end, running(), UINT64_MAX)) return run;
  if (is_only()) return lane.is_idle() ? std::optional(all_missing()) : std::nullopt;
  return run_of_others(lane);
}

/// A part of what others would ask for later.
std::optional<client::Run> Fetch::run_of_others(const Lane& lane) {
  const auto others = runs_besides(lane);
  const auto taken = client::take_over(others.runs, lane.chunk_seconds().value_or(usual_seconds()));
  if (!taken) return std::nullopt;
  const auto [victim, index] = others.of[taken->from];
  victim->end_before(index, taken->run.first);
  return taken->run;
}

void Fetch::feed(Lane& lane) {
  if (over_ || !lane.has_room()) return;
  if (const auto run = next_run(lane)) return open(lane, *run);
  watch_late();
}

void Fetch::feed_idle() {
  for (const auto& lane : std::vector(lanes_)) {
    if (has(*lane) && lane->is_idle()) feed(*lane);
  }
}

void Fetch::on_all_asked(Lane& lane) {
  if (!over_ && has(lane)) feed(lane);
}

/// A lane with nothing else to do takes what a silent relay was to bring, or asks once more for what another one is late with.
void Fetch::give_late(Lane& lane) {
  if (!head_known_) return;  // they are rivals
  const auto others = runs_besides(lane);
  if (const auto silent = client::silent_run(others.runs, world_.settings.patience_seconds)) {
    const auto [victim, index] = others.of[silent->from];
    victim->end_before(index, silent->run.first);
    return open(lane, silent->run);
  }
  const double late_seconds = std::max(waits_.p95().value_or(kUsualSeconds), kLeastLateSeconds);
  const auto late = client::late_run(others.runs, lane.chunk_seconds().value_or(usual_seconds()), late_seconds);
  if (!late) return;
  const auto [victim, index] = others.of[late->from];
  victim->mark_doubled(index);
  victim->end_before(index, late->run.end);
  open(lane, late->run);
}

void Fetch::watch_late() {
  was_wide_ = was_wide_ || (head_known_ && !is_only());
  if (!was_wide_ || std::exchange(watching_, true)) return;
  world_.events.after(kLookAgain, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self || self->over_) return;
    self->watching_ = false;
    for (const auto& lane : std::vector(self->lanes_)) {
      const auto has_nothing = [&] { return !self->over_ && self->has(*lane) && lane->is_idle() && !self->is_only(); };
      if (has_nothing()) self->feed(*lane);
      if (has_nothing()) self->give_late(*lane);
    }
    if (!self->over_) self->watch_late();
  });
}

/// More relays can help: what is fetched is known, and enough of it is left.
bool Fetch::may_widen() const {
  if (over_ || lanes_.size() >= world_.settings.at_once || !head_known_) return false;
  const std::uint64_t left = content::chunk_count(*length_) - chunks_.present().size();
  return left >= kWorthALane * (lanes_.size() + 1);
}

void Fetch::widen() {
  while (may_widen()) {
    const auto in_use = relays_in_use();
    auto besides = in_use;
    besides.insert(slow_.begin(), slow_.end());
    auto relay = best_relay(besides);
    if (!relay) relay = best_relay(in_use);
    if (!relay) return;
    ++world_.tally.helpers;
    add_lane(*relay);
  }
}

}  // namespace ferry::simulation
