// Who brings what: the lanes of a fetch, the runs that they are given, and what is done about slow ones.

#include <algorithm>

#include "client/fetch/fetch.hpp"
#include "protocol/content/geometry.hpp"

namespace ferry::client {

namespace {

/// A relay is asked for a part only when so many chunks are left for it: its request, its channel and its start must be worth it.
constexpr std::uint64_t kWorthALane = 8;
/// A receiver takes bytes in order, so parts for it are short, and nobody is further ahead of it than this for each lane.
constexpr std::uint64_t kRunInOrder = 8;
/// While nothing is known of a relay's speed: 20 Mbit/s.
constexpr double kUsualSeconds = 0.1;
/// Between two looks at what is late, and the least that is called late: round trips differ.
constexpr base::Duration kLookAgain{100};
constexpr double kLeastLateSeconds = 0.2;

}  // namespace

void Fetch::add_lane(Relay& relay) {
  LaneOwner& here = *this;
  const auto opening = lanes_.empty() ? Opening::at_any_cost : Opening::where_it_is_cheap;
  lanes_.emplace_back(std::make_shared<Lane>(core_, relay, budget_, here))->prepare(request_, opening);
}

/// A relay that says nothing for long gets a rival; whose head comes first, brings the body.
void Fetch::watch_head() {
  const auto& patience = core_.settings.patience;
  head_late_.start(patience.second_relay, [this, &patience] {
    if (over_ || head_known_) return;
    if (!is_only() || !lanes_.front()->is_opening_channel()) return add_rival();
    head_late_.start(patience.opening - std::min(patience.opening, patience.second_relay), [this] {
      if (!over_ && !head_known_) add_rival();
    });
  });
}

void Fetch::add_rival() {
  if (!is_only() || quorum_) return;  // of a quorum one brings the body
  if (auto* rival = choice_->best(relays_in_use())) add_lane(*rival);
}

/// The others did not even say what they have. They may help later, when nobody else can.
void Fetch::drop_rivals(const Lane& first) {
  for (const auto& lane : std::vector(lanes_)) {
    if (lane.get() == &first || lane->has_head()) continue;
    slow_.insert(&lane->relay());
    drop_lane(*lane);
  }
}

std::set<const Relay*> Fetch::relays_in_use() const {
  std::set<const Relay*> relays;
  for (const auto& lane : lanes_) relays.insert(&lane->relay());
  return relays;
}

bool Fetch::has(const Lane& lane) const {
  return std::any_of(lanes_.begin(), lanes_.end(), [&lane](const auto& entry) { return entry.get() == &lane; });
}

/// What a chunk takes on the lanes that know.
double Fetch::usual_seconds() const {
  double sum = 0;
  std::size_t known = 0;
  for (const auto& lane : lanes_) {
    if (!lane->chunk_seconds()) continue;
    sum += *lane->chunk_seconds();
    ++known;
  }
  return known > 0 ? sum / static_cast<double>(known) : kUsualSeconds;
}

/// Of all lanes in their order; then what came and is not where it belongs yet, which is nobody's to ask for.
std::vector<RunningRun> Fetch::running() const {
  std::vector<RunningRun> runs;
  const auto usual = usual_seconds();
  for (const auto& lane : lanes_) {
    for (const auto& run : lane->running(length_, usual)) runs.push_back(run);
  }
  for (const auto index : delivery_.under_way()) runs.push_back({{index, index + 1}, index + 1, 0, 0, true});
  return runs;
}

/// A run whose chunks all wait for their turn must come to its end, so that its lane can help with what is missing before them.
std::uint64_t Fetch::run_in_order() const { return std::min<std::uint64_t>(kRunInOrder, request_.chunks_ahead); }

/// Behind the last chunk that may be asked for now.
std::uint64_t Fetch::window_end() const {
  const auto end = head_known_ && length_ ? content::chunk_count(*length_) : UINT64_MAX;
  if (is_only() || !delivery_.is_in_order()) return end;
  return std::min(end, delivery_.next() + run_in_order() * (lanes_.size() + 1));
}

Run Fetch::all_missing() const {
  const auto missing = chunks_.missing();
  return {missing.first, missing.count == UINT64_MAX ? UINT64_MAX : missing.first + missing.count};
}

std::optional<Run> Fetch::next_run(Lane& lane) {
  const bool is_short = delivery_.is_in_order() && !is_only();
  if (!head_known_ && lane.is_idle()) return all_missing();  // of rivals each is asked for all
  if (const auto run = unclaimed_run(chunks_, window_end(), running(), is_short ? run_in_order() : UINT64_MAX)) return run;
  // A relay that says what the whole is, although every chunk that it may have is there, must be heard to its end.
  if (is_only()) return lane.is_idle() ? std::optional(all_missing()) : std::nullopt;
  return is_short ? std::nullopt : run_of_others(lane);
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

/// A part of what others would ask for later.
std::optional<Run> Fetch::run_of_others(const Lane& lane) {
  const auto others = runs_besides(lane);
  const auto taken = take_over(others.runs, lane.chunk_seconds().value_or(usual_seconds()));
  if (!taken) return std::nullopt;
  const auto [victim, index] = others.of[taken->from];
  victim->end_before(index, taken->run.first);
  return taken->run;
}

/// A run that one relay was to bring alone is too long once others bring what lies behind it.
void Fetch::shorten_runs() {
  for (const auto& lane : lanes_) {
    const auto runs = lane->running(length_, 0);
    for (std::size_t i = runs.size(); i-- > 0;) lane->end_before(i, std::max(runs[i].asked_end, runs[i].left.first) + run_in_order());
  }
}

void Fetch::feed(Lane& lane) {
  if (over_ || !lane.has_room()) return;
  const auto run = next_run(lane);
  if (!run) return watch_late();
  if (const auto opened = open(lane, *run); !opened) go_on_after(lane, opened.error());
}

void Fetch::feed_idle() {
  for (const auto& lane : std::vector(lanes_)) {
    if (has(*lane) && lane->is_idle()) feed(*lane);
  }
}

void Fetch::on_all_asked(Lane& lane) {
  if (!over_ && has(lane)) feed(lane);
}

/// A lane with nothing else to do takes what a silent relay was to bring, or asks once more for what another one is late with. What comes twice is paid twice.
void Fetch::give_late(Lane& lane) {
  if (!head_known_) return;  // they are rivals
  const auto others = runs_besides(lane);
  if (const auto silent = silent_run(others.runs, static_cast<double>(core_.settings.patience.second_relay.count()) / 1000)) {
    const auto [victim, index] = others.of[silent->from];
    victim->end_before(index, silent->run.first);
    if (const auto opened = open(lane, silent->run); !opened) go_on_after(lane, opened.error());
    return;
  }
  const auto late = late_run(others.runs, lane.chunk_seconds().value_or(usual_seconds()), std::max(waits_.p95().value_or(kUsualSeconds), kLeastLateSeconds));
  if (!late) return;
  const auto [victim, index] = others.of[late->from];
  victim->mark_doubled(index);
  victim->end_before(index, late->run.end);  // it is asked for nothing more of this run
  if (const auto opened = open(lane, late->run); !opened) go_on_after(lane, opened.error());
}

/// Once there were several lanes: what one of them was to bring may be missing when it is gone, and hold back all that came for a receiver.
void Fetch::watch_late() {
  was_wide_ = was_wide_ || !is_only();
  if (!was_wide_ || late_.is_running()) return;
  late_.start(kLookAgain, [this] {
    for (const auto& lane : std::vector(lanes_)) {
      const auto has_nothing = [&] { return !over_ && has(*lane) && (lane->is_held_back() || (lane->is_idle() && (!is_only() || delivery_.waits()))); };
      if (has_nothing() && !lane->is_preparing()) feed(*lane);
      if (has_nothing() && !is_only()) give_late(*lane);
    }
    if (!over_) watch_late();
  });
}

/// More relays can help: what is fetched is known, the same everywhere, and enough of it is left.
bool Fetch::may_widen() const {
  const auto limit = std::min(request_.relays_at_once, lane_limit_.value_or(request_.relays_at_once));
  if (over_ || lanes_.size() >= limit || !head_known_ || !length_ || request_.method != "GET") return false;
  if (quorum_) return false;  // what waits for its witnesses is not told from what is late
  if (receipt_.status != 200 || !chunks_.is_whole() || (validator_.empty() && !request_.root)) return false;
  std::uint64_t left = content::chunk_count(*length_);
  left -= std::min<std::uint64_t>(left, chunks_.present().size() + delivery_.under_way().size());
  return left >= kWorthALane * (lanes_.size() + 1);
}

/// A file is mostly worth several relays: the way to them is there when its head tells that. No money moves.
void Fetch::call_helpers() {
  if (!file_ || quorum_) return;
  auto called = relays_in_use();
  while (called.size() < request_.relays_at_once) {
    auto* relay = choice_->best(called);
    if (relay == nullptr) return;
    relay->channel().prepare({}, [](const base::Result<void>&) {}, Opening::never);
    called.insert(relay);
  }
}

/// Who holds what another one would have to fetch sells it for less. It is waited for a little, and welcome later.
void Fetch::find_helpers() {
  if (!may_widen() || request_.root || head_->root.is_zero()) return widen();
  holders_late_.start(core_.settings.patience.second_relay, [this] { widen(); });
  prefer_holders(head_->root, &Fetch::widen);
}

void Fetch::widen() {
  holders_late_.stop();
  while (may_widen()) {
    const auto in_use = relays_in_use();
    auto besides = in_use;
    besides.insert(slow_.begin(), slow_.end());
    auto* relay = choice_->best(besides);
    if (relay == nullptr) relay = choice_->best(in_use);
    if (relay == nullptr) return;
    add_lane(*relay);
  }
}

void Fetch::drop_lane(Lane& lane) {
  const auto found = std::find_if(lanes_.begin(), lanes_.end(), [&lane](const auto& entry) { return entry.get() == &lane; });
  if (found == lanes_.end()) return;
  const auto dropped = *found;
  lanes_.erase(found);
  dropped->drop();
  watches_.erase(&dropped->relay());
  receipt_.overhead_bytes += dropped->overhead_bytes();
  for (const auto& other : lanes_) other->unmark_doubled();
  core_.loop.post([dropped] {});  // it may be on the call stack
}

void Fetch::drop_lanes() {
  while (!lanes_.empty()) drop_lane(*lanes_.back());
}

}  // namespace ferry::client
