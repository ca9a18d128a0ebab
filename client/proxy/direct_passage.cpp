#include "client/proxy/direct_passage.hpp"

#include <utility>

namespace ferry::client {

namespace {

constexpr base::Duration kConnectTimeout{15'000};
constexpr std::size_t kMaxEarly = 64 * 1024;
/// Above this the destination is not read: the app is slow.
constexpr std::size_t kMaxUnconsumed = 256 * 1024;

}  // namespace

DirectPassage::DirectPassage(ProxyHouse& house, Destination to, PassageListener& listener)
    : to_(std::move(to)), listener_(listener), tcp_(house.core().loop, house.scratch(), *this, {"tunnel_unreachable", "tunnel_reset"}) {}

void DirectPassage::start() { tcp_.connect(to_.host, to_.port, kConnectTimeout); }

std::size_t DirectPassage::room() {
  if (!open_) return kMaxEarly - early_.size();
  return tcp_.is_writing() ? 0 : kMaxEarly;
}

void DirectPassage::send(base::ByteView bytes) {
  if (open_) return tcp_.write(bytes);
  early_.insert(early_.end(), bytes.begin(), bytes.end());
}

void DirectPassage::finish_sending() {
  finished_ = true;
  if (open_) tcp_.finish_writing();
}

void DirectPassage::consumed(std::size_t bytes) {
  unconsumed_ -= std::min(bytes, unconsumed_);
  if (unconsumed_ < kMaxUnconsumed && std::exchange(paused_, false)) tcp_.resume();
}

void DirectPassage::on_connected() {
  open_ = true;
  tcp_.write(base::ByteView{std::exchange(early_, {})});
  if (finished_) tcp_.finish_writing();
  listener_.on_passage_open();
}

void DirectPassage::on_bytes(base::ByteView bytes) {
  unconsumed_ += bytes.size();
  if (unconsumed_ >= kMaxUnconsumed && !std::exchange(paused_, true)) tcp_.pause();
  listener_.on_passage_bytes(bytes);
}

void DirectPassage::on_drained() { listener_.on_passage_room(); }

bool DirectPassage::on_peer_ended() {
  listener_.on_passage_end();
  return true;
}

void DirectPassage::on_closed(base::Error error) { listener_.on_passage_closed(base::fail(std::move(error))); }

}  // namespace ferry::client
