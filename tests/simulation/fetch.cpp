#include "tests/simulation/fetch.hpp"

#include <algorithm>
#include <utility>

#include "tests/simulation/connection.hpp"

namespace ferry::simulation {

Fetch::Fetch(SimClient& client, ObjectNumber object, Ended ended) : client_(client), world_(client.world), object_(object), ended_(std::move(ended)) {}

void Fetch::start() {
  myself_ = shared_from_this();
  began_ = world_.events.now();
  order_ = client_.order();
  attempt();
}

std::optional<std::size_t> Fetch::next_relay() const {
  const auto may_do = [this](std::size_t relay) {
    return !failed_.contains(relay) && std::none_of(lanes_.begin(), lanes_.end(), [relay](const auto& lane) { return lane.relay == relay; });
  };
  const auto found = std::find_if(order_.begin(), order_.end(), may_do);
  return found == order_.end() ? std::nullopt : std::optional(*found);
}

void Fetch::attempt() {
  const auto relay = next_relay();
  if (!relay) return finish(false);
  add_lane(*relay);
  if (!head_known_) watch_head();
}

void Fetch::add_lane(std::size_t relay) {
  if (client_.has_blamed(*client_.relays[relay])) ++world_.tally.chosen_although_blamed;
  lanes_.push_back({relay, client_.connection(relay), nullptr});
  lanes_.back().connection->client_end().when_ready([weak = weak_from_this(), relay](const base::Error* why_not) {
    const auto self = weak.lock();
    if (!self) return;
    const auto lane = std::ranges::find_if(self->lanes_, [relay](const auto& one) { return one.relay == relay && !one.download; });
    if (lane == self->lanes_.end()) return;
    if (why_not != nullptr) return self->go_on_without(relay);
    self->open(*lane);
  });
}

void Fetch::open(Lane& lane) {
  DownloadOrder order{object_, present_, !head_known_ && lanes_.size() > 1};
  DownloadListener& here = *this;
  lane.download = std::make_shared<Download>(client_, *client_.relays[lane.relay], lane.connection, std::move(order), here);
  lane.download->start();
}

/// A relay that says nothing for long gets a rival; whose head comes first, brings the body.
void Fetch::watch_head() {
  world_.events.after(world_.settings.patience_seconds, [weak = weak_from_this(), watch = ++watches_] {
    const auto self = weak.lock();
    if (!self || watch != self->watches_ || self->head_known_ || self->lanes_.size() != 1) return;
    const auto rival = self->next_relay();
    if (!rival) return;
    self->met_bad_ = true;
    ++self->world_.tally.rivals;
    self->add_lane(*rival);
  });
}

void Fetch::on_head(Download& download) {
  if (std::exchange(head_known_, true)) return;
  for (auto& lane : std::vector(lanes_)) {
    if (lane.download.get() == &download) continue;
    if (lane.download) lane.download->drop();
    std::erase_if(lanes_, [&lane](const auto& one) { return one.relay == lane.relay; });
  }
}

void Fetch::on_chunk(Download&, base::ChunkIndex index, base::ByteView bytes, const base::Hash256& hash) {
  // An oracle that knows nothing of hashes.
  const auto right = world_.catalogue.chunk(object_, index.value);
  if (index.value != present_.size() || !std::equal(bytes.begin(), bytes.end(), right.begin(), right.end())) ++world_.tally.wrong_chunks;
  present_.push_back(hash);
  world_.tally.bytes += bytes.size();
  if (!first_byte_) first_byte_ = world_.events.now() - began_;
}

void Fetch::on_end(Download& download, const base::Error* error) {
  if (error == nullptr && present_.size() == world_.catalogue.chunks(object_)) return finish(true);
  go_on_without(download.relay().number);
}

void Fetch::go_on_without(std::size_t relay) {
  met_bad_ = true;
  failed_.insert(relay);
  std::erase_if(lanes_, [relay](const auto& lane) { return lane.relay == relay; });
  if (!lanes_.empty()) return;
  if (present_.empty()) head_known_ = false;
  ++world_.tally.switches;
  attempt();
}

void Fetch::finish(bool well) {
  auto& tally = world_.tally;
  ++(well ? tally.fetches : tally.failed);
  if (first_byte_) tally.first_byte.push_back(static_cast<float>(*first_byte_));
  if (first_byte_ && met_bad_) tally.bad_first_byte.push_back(static_cast<float>(*first_byte_));
  if (well) tally.seconds.push_back(static_cast<float>(world_.events.now() - began_));
  for (const auto& lane : lanes_) {
    if (lane.download) lane.download->drop();
  }
  lanes_.clear();
  ended_();
  world_.events.after(0, [last = std::exchange(myself_, nullptr)] {});
}

}  // namespace ferry::simulation
