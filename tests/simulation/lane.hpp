#pragma once
// Lane: one relay's part in one fetch: what client::Lane does with the channel, the runs that a relay is asked for, and how fast it brings them.
// Which lane brings what is Fetch's to say.

#include <memory>
#include <optional>
#include <vector>

#include "client/fetch/run_plan.hpp"
#include "tests/simulation/download.hpp"

namespace ferry::simulation {

class Lane;

/// How a run ended.
struct RunOutcome {
  std::optional<base::Error> error = std::nullopt;
  std::uint64_t brought = 0;  ///< chunks of it
  bool shortened = false;     ///< others brought the rest
};

/// Nothing is called from inside a call to the lane.
class LaneOwner {
 public:
  /// Null: it has a channel that may pay.
  virtual void on_lane_ready(Lane& lane, const base::Error* why_not) = 0;
  virtual void on_head(Lane& lane) = 0;
  virtual void on_chunk(Lane& lane, const ArrivedChunk& chunk) = 0;
  virtual void on_all_asked(Lane& lane) = 0;
  virtual void on_run_end(Lane& lane, const RunOutcome& outcome) = 0;

 protected:
  ~LaneOwner() = default;
};

class Lane final : public std::enable_shared_from_this<Lane> {
 public:
  static constexpr std::size_t kMaxStreams = 2;  ///< as client::Lane

  Lane(SimClient& client, std::size_t relay, LaneOwner& owner) : client_(client), relay_(relay), owner_(owner) {}
  ~Lane() { drop(); }
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  std::size_t relay() const { return relay_; }
  void prepare();
  bool is_preparing() const { return preparing_; }
  /// `order` without its run. Errors: environment "relay_lost".
  base::Result<void> open(DownloadOrder order, const client::Run& run);
  bool has_room() const { return !preparing_ && (streams_.empty() || (streams_.size() < kMaxStreams && all_asked_)); }
  bool is_idle() const { return !preparing_ && streams_.empty(); }
  bool has_head() const { return has_head_; }

  void adopt(base::ChunkIndex index, const base::Hash256& hash);
  std::vector<client::RunningRun> running(std::optional<std::uint64_t> length, double usual_seconds) const;
  void end_before(std::size_t index, std::uint64_t chunk);
  void mark_doubled(std::size_t index);
  void unmark_doubled();
  void fit_ahead();
  std::optional<double> chunk_seconds() const { return chunk_seconds_; }
  std::optional<double> last_seconds() const { return last_seconds_; }
  /// What is under way is paid for.
  void drop();

 private:
  struct Stream;

  client::RelayScore& score();
  double now() const { return client_.world.events.now(); }
  void came(std::size_t bytes);
  void end(Stream& stream, const base::Error* error);

  SimClient& client_;
  std::size_t relay_;
  LaneOwner& owner_;
  std::shared_ptr<Connection> connection_;
  std::vector<std::shared_ptr<Stream>> streams_;
  std::optional<double> chunk_seconds_, last_seconds_;
  double last_came_ = 0;
  bool preparing_ = false, has_head_ = false, all_asked_ = false;
};

}  // namespace ferry::simulation
