#pragma once
// Witness: one relay that is asked what another one should deliver: of a run of chunks it sends the hashes only, signed before and after, and is paid a
// share of their price. It connects, finds a channel and asks; a BodyStream in its witness mode does the rest.
// Threads: the loop's.

#include <memory>

#include "client/fetch/body_stream.hpp"
#include "client/pay/channel_setup.hpp"
#include "protocol/content/agreement.hpp"

namespace ferry::client {

/// What a witness is asked.
struct WitnessOrder {
  FetchRequest request;
  base::RequestHash request_hash;  ///< the plain one
  std::uint64_t first_chunk = 0;
  std::uint64_t chunk_count = UINT64_MAX;
};

class Witness;

class WitnessListener {
 public:
  /// It is connected, and who it is known; nothing is asked yet. False: it is not the one to ask.
  virtual bool on_voice(Witness& witness) = 0;
  /// It has signed something new: verifier().signed_manifest().
  virtual void on_word(Witness& witness) = 0;
  virtual void on_hash(Witness& witness, base::ChunkIndex index, const base::Hash256& hash) = 0;
  /// Owed to it, for its request or a word.
  virtual void on_witness_charge(Witness& witness, base::Amount charge, bool is_word) = 0;
  /// The last call. Errors that name a lie: BodyStream::is_lie().
  virtual void on_witness_end(Witness& witness, const base::Result<void>& outcome) = 0;

 protected:
  ~WitnessListener() = default;
};

class Witness final : public std::enable_shared_from_this<Witness>, private BodyStreamListener {
 public:
  /// `core`, `relay` and, until on_witness_end or drop(), `listener` outlive this.
  Witness(Core& core, Relay& relay, WitnessOrder order, std::shared_ptr<Budget> budget, WitnessListener& listener);
  ~Witness();

  void start();
  /// One more of its words, if there is one, has been compared: room for another.
  void compared();
  /// Nothing from `chunk` on is wanted any more, but what it has been asked for already.
  void end_before(std::uint64_t chunk);
  /// Nothing more is wanted; the listener hears nothing more. What was asked for is still paid.
  void drop();

  Relay& relay() const { return relay_; }
  const content::Voice& voice() const { return voice_; }
  bool is_over() const { return listener_ == nullptr; }
  bool covers(base::ChunkIndex index) const { return index.value >= order_.first_chunk && index.value - order_.first_chunk < order_.chunk_count; }
  /// Of its messages.
  std::uint64_t overhead_bytes() const { return overhead_ + (stream_ ? stream_->overhead_bytes() : 0); }
  bool has_told_all() const { return verifier_ && (verifier_->has_all() || (stream_ && stream_->is_about_to_sign())); }
  /// Precondition: on_voice() was called.
  const content::BodyVerifier& verifier() const { return *verifier_; }

 private:
  bool on_offer(const pricing::Quote& quote) override;
  base::Result<void> on_head(const content::Manifest& manifest) override;
  void on_fee(base::Amount charge) override;
  void on_chunk(OwedChunk chunk) override;
  void on_refused_chunk() override {}
  void on_all_asked() override {}
  void on_stream_end(const base::Result<void>& outcome) override;

  template <typename Step>
  ChannelSetup::Ready unless_over(Step step);
  void introduce();
  void ask();
  void end(const base::Result<void>& outcome);

  Core& core_;
  Relay& relay_;
  WitnessOrder order_;
  std::shared_ptr<Budget> budget_;
  WitnessListener* listener_;
  content::Voice voice_;
  std::unique_ptr<content::BodyVerifier> verifier_;
  std::shared_ptr<BodyStream> stream_;
  std::uint64_t waiting_ = 0;   ///< words that are not compared yet
  std::uint64_t overhead_ = 0;  ///< of a stream that has ended
};

}  // namespace ferry::client
