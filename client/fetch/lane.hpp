#pragma once
// Lane: one relay's part in one fetch: the channel that pays it, what it has said about the object, the streams on which it brings runs of chunks,
// and how fast it does. A fetch starts with one lane and takes more once it knows what it fetches. Which lane brings what is the fetch's to say.
// Threads: the loop's.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/fetch/body_stream.hpp"
#include "client/fetch/run_plan.hpp"

namespace ferry::client {

class Lane;

/// How a run ended.
struct RunOutcome {
  base::Result<void> result = {};
  std::uint64_t brought = 0;  ///< chunks of it
  bool shortened = false;     ///< others brought the rest
  std::shared_ptr<const content::BodyVerifier> said = {};  ///< what the relay signed in it
};

/// Nothing is called from inside a call to the lane, except by on_offer, on_head and on_chunk of its streams while they work.
class LaneOwner {
 public:
  /// It has a channel that may pay, or none can be had.
  virtual void on_lane_ready(Lane& lane, const base::Result<void>& ready) = 0;
  /// Before a channel is opened, else with the first run; again when the relay asks more than that.
  virtual bool on_offer(Lane& lane, const pricing::Quote& quote) = 0;
  /// It has signed a manifest: said.manifest(). `is_first`: of this stream. An error ends the stream with it.
  virtual base::Result<void> on_head(Lane& lane, const content::BodyVerifier& said, bool is_first) = 0;
  virtual void on_fee(Lane& lane, base::Amount charge) = 0;
  /// `taken` is to be called once, when the chunk is where it belongs.
  virtual void on_chunk(Lane& lane, OwedChunk chunk, Task taken) = 0;
  virtual void on_refused_chunk(Lane& lane) = 0;
  /// All of its runs have been asked for: another one would follow without a pause.
  virtual void on_all_asked(Lane& lane) = 0;
  /// One of its runs is over.
  virtual void on_run_end(Lane& lane, const RunOutcome& outcome) = 0;

 protected:
  ~LaneOwner() = default;
};

class Lane final : public std::enable_shared_from_this<Lane> {
 public:
  /// One stream is being emptied while the next is asked for; more would only split the relay's bandwidth.
  static constexpr std::size_t kMaxStreams = 2;

  /// `core`, `relay` and `owner` outlive this.
  Lane(Core& core, Relay& relay, std::shared_ptr<Budget> budget, LaneOwner& owner);
  /// Streams are dropped.
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  Relay& relay() const { return relay_; }
  /// Has a channel that may pay for `request`, opened if need be and `opening` allows it, then on_lane_ready().
  void prepare(const FetchRequest& request, Opening opening);
  /// The relay has said what it asks, and money is on its way into a channel.
  bool is_opening_channel() const { return preparing_ && relay_.session() != nullptr && relay_.channel().is_waiting(); }
  bool is_preparing() const { return preparing_; }

  /// Orders a run; `order` says what else. It knows nothing of the chunks that are there: see adopt(). Errors: environment "relay_lost".
  base::Result<void> open(StreamOrder order, const Run& run);
  /// Another run may be opened.
  bool has_room() const { return !preparing_ && (streams_.empty() || is_held_back() || (streams_.size() < kMaxStreams && all_asked_)); }
  bool is_idle() const { return !preparing_ && streams_.empty(); }
  /// Nothing comes before the receiver has taken what is there: chunks that wait for one of another lane.
  bool is_held_back() const;
  /// It has told what is fetched.
  bool has_head() const { return has_head_; }

  /// A chunk that is there, whoever brought it. False: this relay's word contradicts it.
  bool adopt(base::ChunkIndex index, const base::Hash256& hash);

  /// What is under way; the same order as long as no run ends. `length`: of the body, when it is known.
  std::vector<RunningRun> running(std::optional<std::uint64_t> length, double usual_seconds) const;
  /// Of its `index`-th run, nothing from `chunk` on is wanted any more.
  void end_before(std::size_t index, std::uint64_t chunk);
  /// Its chunks were given to another lane as well.
  void mark_doubled(std::size_t index);
  /// Whoever had them as well is gone.
  void unmark_doubled();
  /// No more chunks ahead than its way and its speed need, and at least two, so that little is under way when others are done; at most `at_most`,
  /// which it is while its speed is not known.
  std::size_t ahead(std::size_t at_most) const;
  void set_ahead(std::size_t chunks);

  /// That a chunk takes lately, and the last one did; nullopt before two have come one behind the other.
  std::optional<double> chunk_seconds() const { return chunk_seconds_; }
  std::optional<double> last_seconds() const { return last_seconds_; }
  /// Ends every stream with this error. If it is a lie of the relay, what is under way is not paid for.
  void stop(const base::Error& why);
  /// Ends every stream without a word; what is under way is paid for.
  void drop();
  std::uint64_t overhead_bytes() const;

 private:
  struct Stream;

  RelayScore& score();
  bool agree(const pricing::Quote& quote);
  void came(std::size_t bytes);
  void end(Stream& stream, const base::Result<void>& outcome);

  Core& core_;
  Relay& relay_;
  std::shared_ptr<Budget> budget_;
  LaneOwner& owner_;
  std::optional<wire::PriceLimit> agreed_;  ///< to these prices the user said yes
  std::vector<std::unique_ptr<Stream>> streams_;
  std::optional<double> chunk_seconds_;
  std::optional<double> last_seconds_;
  std::uint64_t last_came_ns_ = 0;
  std::uint64_t overhead_ = 0;  ///< of streams that have ended
  bool preparing_ = false;
  bool has_head_ = false;
  bool all_asked_ = false;
};

}  // namespace ferry::client
