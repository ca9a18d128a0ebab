// How a chunk that is owed gets where it belongs: into the file, to on_data, or to a receiver that takes it later.

#include "client/fetch/fetch.hpp"

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

void Fetch::on_chunk(OwedChunk chunk) {
  if (callbacks_.on_charged) callbacks_.on_charged(relay_->text(), chunk.charge, chunk.payload.bytes.size());
  auto& entry = receipt_.from(relay_->text());
  entry.charged = entry.charged.plus_saturated(chunk.charge);
  ++entry.chunks;
  if (chunk.hit) ++entry.cache_hits;
  if (over_) return;
  ++untaken_;
  if (file_) return write(chunk);
  if (digests_.is_needed()) sha256_.update(chunk.payload.bytes);
  callbacks_.on_chunk_data ? hand_over(chunk) : show(chunk);
}

void Fetch::write(const OwedChunk& chunk) {
  file_->write(chunk.index, chunk.payload, chunk.hash, chunk.charge, [self = weak_from_this(), chunk](const Result<void>& written) {
    const auto fetch = self.lock();
    if (!fetch || fetch->over_) return;
    if (!written) return fetch->fail(written.error());
    fetch->show(chunk);
  });
}

void Fetch::show(const OwedChunk& chunk) {
  const auto part = chunks_.part_of(chunk.index, chunk.payload.bytes);
  put(chunk.index, chunk.hash, part.bytes.size());
  if (callbacks_.on_data && !part.bytes.empty() && !callbacks_.on_data(part.offset, part.bytes)) {
    return cancel(base::refusal("cancelled", "the receiver of the data said stop"));
  }
  taken();
}

void Fetch::hand_over(const OwedChunk& chunk) {
  const auto part = chunks_.part_of(chunk.index, chunk.payload.bytes);
  Task taken = [self = weak_from_this(), index = chunk.index, hash = chunk.hash, bytes = part.bytes.size()] {
    const auto fetch = self.lock();
    if (!fetch || fetch->over_) return;
    fetch->put(index, hash, bytes);
    fetch->taken();
  };
  if (part.bytes.empty()) return taken();
  callbacks_.on_chunk_data(part.offset, part_to_keep(chunk.payload, part.bytes), std::move(taken));
}

/// A chunk is where it belongs, with so many bytes that are wanted.
void Fetch::put(base::ChunkIndex index, const base::Hash256& hash, std::size_t bytes) {
  --untaken_;
  ++brought_;
  chunks_.put(index, hash);
  receipt_.bytes += bytes;
  ++receipt_.chunks;
  progress_ns_ = uv_hrtime();
}

void Fetch::taken() {
  show_progress();
  if (stream_) stream_->taken();
  end_stream_if_taken();
}

void Fetch::show_progress() {
  if (!callbacks_.on_progress) return;
  const auto total = length_ ? std::optional(chunks_.bytes_of(*length_)) : std::nullopt;
  callbacks_.on_progress(FetchProgress{receipt_.bytes, total, receipt_.resumed_from, receipt_.charged()});
}

}  // namespace ferry::client
