#pragma once
// Fetch: one object for one client, from its first relay to its last chunk: what client::Fetch does for a file, with the real plan of who brings
// which chunks. It begins with one lane; once a head has told what is fetched, further relays bring other parts of it (fetch_lanes.cpp).

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "client/fetch/chunk_run.hpp"
#include "client/fetch/wait_times.hpp"
#include "tests/simulation/lane.hpp"

namespace ferry::simulation {

class Fetch final : public std::enable_shared_from_this<Fetch>, private LaneOwner {
 public:
  using Ended = std::function<void()>;

  Fetch(SimClient& client, ObjectNumber object, Ended ended);
  void start();

 private:
  struct OthersRuns {
    std::vector<client::RunningRun> runs;
    std::vector<std::pair<Lane*, std::size_t>> of;  ///< whose, and its number there
  };

  void on_lane_ready(Lane& lane, const base::Error* why_not) override;
  void on_head(Lane& lane) override;
  void on_chunk(Lane& lane, const ArrivedChunk& chunk) override;
  void on_all_asked(Lane& lane) override;
  void on_run_end(Lane& lane, const RunOutcome& outcome) override;

  void attempt();
  void open(Lane& lane, const client::Run& run);
  bool has_all() const { return head_known_ && chunks_.is_complete(length_); }
  void go_on_after(Lane& lane, const base::Error& error, std::uint64_t brought = 0);
  void go_on_without(Lane& lane);
  void next_relay(Lane& lane);
  void drop_last_chunk();
  void complete_if_all();
  void finish(bool well);

  // Lanes: who brings what.
  std::optional<std::size_t> best_relay(const std::set<std::size_t>& besides) const;
  std::set<std::size_t> relays_in_use() const;
  bool is_only() const { return lanes_.size() <= 1; }
  bool has(const Lane& lane) const;
  void add_lane(std::size_t relay);
  void drop_lane(Lane& lane);
  void watch_head(bool is_opening);
  void drop_rivals(const Lane& first);
  void feed(Lane& lane);
  void feed_idle();
  client::Run all_missing() const;
  std::optional<client::Run> next_run(Lane& lane);
  std::optional<client::Run> run_of_others(const Lane& lane);
  std::vector<client::RunningRun> running() const;
  OthersRuns runs_besides(const Lane& lane) const;
  double usual_seconds() const;
  void give_late(Lane& lane);
  void watch_late();
  bool may_widen() const;
  void widen();

  SimClient& client_;
  World& world_;
  ObjectNumber object_;
  Ended ended_;
  std::vector<std::size_t> order_;       ///< of the relays
  std::set<std::size_t> failed_, slow_;  ///< slow: another one's head came first
  std::vector<std::shared_ptr<Lane>> lanes_;
  client::ChunkRun chunks_;              ///< present: delivered
  client::WaitTimes waits_;
  std::optional<std::uint64_t> length_;
  std::shared_ptr<Fetch> myself_;        ///< until it has ended
  double began_ = 0;
  std::uint64_t watches_ = 0;
  std::optional<double> first_byte_;
  bool head_known_ = false, met_bad_ = false, was_wide_ = false, watching_ = false, over_ = false;
};

}  // namespace ferry::simulation
