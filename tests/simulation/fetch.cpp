#include "tests/simulation/fetch.hpp"

#include <algorithm>
#include <utility>

#include "protocol/content/geometry.hpp"
#include "tests/simulation/connection.hpp"

namespace ferry::simulation {

Fetch::Fetch(SimClient& client, ObjectNumber object, Ended ended)
    : client_(client), world_(client.world), object_(object), ended_(std::move(ended)) {}

void Fetch::start() {
  myself_ = shared_from_this();
  began_ = world_.events.now();
  client_.meet([self = myself_] {
    self->order_ = self->client_.order();
    self->attempt();
  });
}

/// From the start, or on: one relay, the first that works.
void Fetch::attempt() {
  const auto relay = best_relay({});
  if (!relay) return finish(false);
  add_lane(*relay);
  if (!head_known_ && has(*lanes_.back())) watch_head(lanes_.back()->is_preparing());
}

void Fetch::on_lane_ready(Lane& lane, const base::Error* why_not) {
  if (over_ || !has(lane)) return;
  if (why_not != nullptr) return go_on_after(lane, *why_not);
  if (is_only() && !head_known_) watch_head(false);  // its request goes out now
  watch_late();
  feed(lane);
}

void Fetch::open(Lane& lane, const client::Run& run) {
  DownloadOrder order;
  order.object = object_;
  order.after_head = !head_known_ && !is_only();  // the rivals' bodies are not both wanted
  order.continues = !chunks_.is_empty() || head_known_;
  order.present = &chunks_.present();
  if (const auto opened = lane.open(order, run); !opened) go_on_after(lane, opened.error());
}

void Fetch::on_head(Lane& lane) {
  if (over_ || std::exchange(head_known_, true)) return;
  length_ = world_.catalogue.length(object_);  // the verifier has held the relay to it
  drop_rivals(lane);
  world_.events.after(0, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->widen();
  });
}

void Fetch::on_chunk(Lane& lane, const ArrivedChunk& chunk) {
  if (over_) return;
  auto& tally = world_.tally;
  if (chunks_.present().contains(chunk.index.value)) {  // it was asked for twice, and this one is the later
    tally.twice_bytes += chunk.bytes.size();
    return;
  }
  // An oracle that knows nothing of hashes.
  const auto right = world_.catalogue.chunk(object_, chunk.index.value);
  if (!std::ranges::equal(chunk.bytes, right)) ++tally.wrong_chunks;
  if (const auto seconds = lane.last_seconds()) waits_.add(*seconds);
  if (!is_only()) lane.fit_ahead();
  for (const auto& other : lanes_) other->adopt(chunk.index, chunk.hash);
  chunks_.put(chunk.index, chunk.hash);
  tally.bytes += chunk.bytes.size();
  if (chunk.hit) tally.hit_bytes += chunk.bytes.size();
  if (!first_byte_) first_byte_ = world_.events.now() - began_;
  if (is_only()) return;
  world_.events.after(0, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self || self->over_) return;
    self->feed_idle();
    self->complete_if_all();
  });
}

void Fetch::on_run_end(Lane& lane, const RunOutcome& outcome) {
  if (over_ || !has(lane)) return;
  const auto act = [&] {
    if (outcome.error) return go_on_after(lane, *outcome.error, outcome.brought);
    if (is_only() && has_all()) return finish(true);
    if (head_known_ && (outcome.brought > 0 || outcome.shortened)) return feed(lane);
    go_on_after(lane, base::environment("body_incomplete", "the relay ended the body before it was complete"));
  };
  act();
  if (!is_only()) complete_if_all();
}

/// Who brought all that it was asked for is heard to its last word.
void Fetch::complete_if_all() {
  if (over_ || !has_all()) return;
  const auto runs = running();
  const bool is_heard_out = std::ranges::none_of(runs, [](const auto& run) { return run.left.count() == 0 && run.has_brought; });
  if (is_heard_out) finish(true);
}

void Fetch::go_on_after(Lane& lane, const base::Error& error, std::uint64_t brought) {
  if (over_) return;
  met_bad_ = true;
  if (error.code == "payment_timeout" && brought > 0) return lane.prepare();
  ++world_.tally.switches;
  failed_.insert(lane.relay());
  is_only() ? next_relay(lane) : go_on_without(lane);
}

/// The others bring what this one does not.
void Fetch::go_on_without(Lane& lane) {
  drop_lane(lane);
  widen();
  for (const auto& other : std::vector(lanes_)) {
    if (has(*other)) feed(*other);
  }
}

void Fetch::next_relay(Lane& lane) {
  drop_lane(lane);
  if (chunks_.is_empty()) head_known_ = false;
  if (length_ && chunks_.is_complete(length_)) drop_last_chunk();
  attempt();
}

/// All is there, and whoever brought it gave no last word: the next relay has one with the last chunk.
void Fetch::drop_last_chunk() {
  const base::ChunkIndex last{content::chunk_count(*length_) - 1};
  const auto bytes = content::chunk_size(last, *length_);
  chunks_.drop(last);
  world_.tally.bytes -= bytes;
  world_.tally.twice_bytes += bytes;
}

void Fetch::finish(bool well) {
  if (std::exchange(over_, true)) return;
  auto& tally = world_.tally;
  ++(well ? tally.fetches : tally.failed);
  if (was_wide_) ++tally.wide;
  if (first_byte_) tally.first_byte.push_back(static_cast<float>(*first_byte_));
  if (first_byte_ && met_bad_) tally.bad_first_byte.push_back(static_cast<float>(*first_byte_));
  if (well) tally.seconds.push_back(static_cast<float>(world_.events.now() - began_));
  while (!lanes_.empty()) drop_lane(*lanes_.back());
  ended_();
  world_.events.after(0, [last = std::exchange(myself_, nullptr)] {});
}

}  // namespace ferry::simulation
