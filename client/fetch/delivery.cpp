#include "client/fetch/delivery.hpp"

#include <utility>

namespace ferry::client {

using base::Result;

namespace {

/// Of a receive buffer, which is as large as a chunk, a small part is not worth keeping all of it.
wire::Payload part_to_keep(const wire::Payload& payload, base::ByteView part) {
  constexpr std::size_t kWorthAll = 64 * 1024;
  if (part.size() >= kWorthAll) return {payload.owner, part};
  auto copy = std::make_shared<base::Bytes>(part.begin(), part.end());
  return {copy, base::ByteView{*copy}};
}

}  // namespace

void Delivery::start_over() {
  *std::exchange(alive_, std::make_shared<bool>(true)) = false;  // what is being written is of the past
  waiting_.clear();
  under_way_.clear();
  next_ = 0;
  sha256_ = base::Sha256();
}

void Delivery::add(ArrivedChunk arrived) {
  const auto index = arrived.chunk.index.value;
  under_way_.insert(index);
  if (file_ != nullptr) return write(std::move(arrived));
  waiting_.emplace(index, std::move(arrived));
  const auto alive = alive_;
  for (auto next = waiting_.find(next_); *alive && next != waiting_.end(); next = waiting_.find(next_)) {
    const auto turn = std::move(waiting_.extract(next).mapped());
    ++next_;
    if (hashing_) sha256_.update(turn.chunk.payload.bytes);
    callbacks_.on_chunk_data ? hand_over(turn) : show(turn);
  }
}

void Delivery::write(ArrivedChunk arrived) {
  const auto chunk = arrived.chunk;
  file_->write(chunk.index, chunk.payload, chunk.hash, chunk.charge, [this, alive = alive_, arrived = std::move(arrived)](const Result<void>& written) {
    if (!*alive) return;
    if (!written) return listener_.on_not_delivered(written.error());
    show(arrived);
  });
}

void Delivery::show(const ArrivedChunk& arrived) {
  const auto part = chunks_.part_of(arrived.chunk.index, arrived.chunk.payload.bytes);
  if (callbacks_.on_data && !part.bytes.empty() && !callbacks_.on_data(part.offset, part.bytes)) {
    return listener_.on_not_delivered(base::refusal("cancelled", "the receiver of the data said stop"));
  }
  delivered(arrived, part.bytes.size());
}

void Delivery::hand_over(const ArrivedChunk& arrived) {
  const auto part = chunks_.part_of(arrived.chunk.index, arrived.chunk.payload.bytes);
  // What the receiver may keep long holds nothing of the chunk.
  auto without_bytes = arrived;
  without_bytes.chunk.payload = {};
  Task taken = [this, alive = alive_, arrived = std::move(without_bytes), bytes = part.bytes.size()] {
    if (*alive) delivered(arrived, bytes);
  };
  if (part.bytes.empty()) return taken();
  callbacks_.on_chunk_data(part.offset, part_to_keep(arrived.chunk.payload, part.bytes), std::move(taken));
}

void Delivery::delivered(const ArrivedChunk& arrived, std::size_t bytes) {
  under_way_.erase(arrived.chunk.index.value);
  listener_.on_delivered(arrived, bytes);
}

}  // namespace ferry::client
