#pragma once
// Delivery: how a chunk that is owed gets where it belongs: into the file as it comes, or to on_data or a receiver that takes it later, in the order
// of the body. What comes before its turn waits here.
// Threads: the loop's.

#include <map>
#include <optional>
#include <set>

#include "client/fetch/body_stream.hpp"
#include "client/fetch/file_sink.hpp"
#include "protocol/base/hash.hpp"

namespace ferry::client {

/// A chunk on its way to where it belongs.
struct ArrivedChunk {
  OwedChunk chunk;
  Task taken;  ///< tells its stream that there is room for another; to be called once
};

class DeliveryListener {
 public:
  /// It is where it belongs, with so many bytes that were wanted.
  virtual void on_delivered(const ArrivedChunk& arrived, std::size_t bytes) = 0;
  virtual void on_not_delivered(const base::Error& error) = 0;

 protected:
  ~DeliveryListener() = default;
};

class Delivery {
 public:
  /// All outlive this. `chunks` tells which bytes are wanted.
  Delivery(const FetchCallbacks& callbacks, const ChunkRun& chunks, DeliveryListener& listener) : callbacks_(callbacks), chunks_(chunks), listener_(listener) {}
  ~Delivery() { *alive_ = false; }
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  /// Into a file from now on. Lifetime: as this.
  void write_to(FileSink& file) { file_ = &file; }
  bool is_in_order() const { return file_ == nullptr; }
  /// The body's SHA-256 is wanted; without a file it is taken as the body passes.
  void hash_body() { hashing_ = true; }
  base::Hash256 sha256() { return sha256_.finish(); }

  /// From the start again: nothing was shown.
  void start_over();
  /// The first chunk that is wanted, before the first one comes.
  void start_at(std::uint64_t chunk) { next_ = chunk; }
  void add(ArrivedChunk arrived);
  /// Nothing more is delivered, whatever comes.
  void stop() { *alive_ = false; }

  bool has(base::ChunkIndex index) const { return under_way_.contains(index.value); }
  const std::set<std::uint64_t>& under_way() const { return under_way_; }
  /// Something is there before its turn.
  bool waits() const { return !waiting_.empty(); }
  /// The next chunk for a receiver.
  std::uint64_t next() const { return next_; }

 private:
  void write(ArrivedChunk arrived);
  void show(const ArrivedChunk& arrived);
  void hand_over(const ArrivedChunk& arrived);
  void delivered(const ArrivedChunk& arrived, std::size_t bytes);

  const FetchCallbacks& callbacks_;
  const ChunkRun& chunks_;
  DeliveryListener& listener_;
  FileSink* file_ = nullptr;
  std::set<std::uint64_t> under_way_;
  std::map<std::uint64_t, ArrivedChunk> waiting_;  ///< of these, for their turn
  std::uint64_t next_ = 0;
  base::Sha256 sha256_;
  bool hashing_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace ferry::client
