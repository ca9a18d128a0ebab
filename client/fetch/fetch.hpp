#pragma once
// Fetch: one URL, or a range of its bytes, from its first relay to its receipt. Reads downwards: start → begin → attempt → on_lane_ready → on_head, on_chunk,
// taken → on_run_end → complete → finish. It begins with one lane; once a head has told what is fetched, further relays bring other parts of it
// (fetch_lanes.cpp). Money, verification and transport are BodyStream's and below; which chunks are wanted is ChunkRun's, who brings which RunPlan's,
// where they go Delivery's.
// Threads: the loop's.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/fetch/delivery.hpp"
#include "client/fetch/digest_check.hpp"
#include "client/fetch/fetch_request.hpp"
#include "client/fetch/file_sink.hpp"
#include "client/fetch/lane.hpp"
#include "client/fetch/receipt.hpp"
#include "client/fetch/wait_times.hpp"
#include "client/job.hpp"
#include "client/relays/relay_choice.hpp"
#include "client/relays/relay_finder.hpp"
#include "client/verify/quorum.hpp"
#include "protocol/base/hash.hpp"

namespace ferry::client {

class Fetch final : public Job, public std::enable_shared_from_this<Fetch>, private LaneOwner, private DeliveryListener, private QuorumListener {
 public:
  /// `core` and `finder` outlive this, `finder` at least until it was cancelled.
  Fetch(Core& core, RelayFinder& finder, std::uint64_t id, FetchRequest request, FetchCallbacks callbacks, std::unique_ptr<RelayChoice> choice, JobEnded ended);
  ~Fetch() override;

  void start();
  void cancel(const base::Error& why) override;
  /// Of what it has brought and cost so far.
  std::string receipt_json() const { return receipt_.to_json(); }

 private:
  /// A run that is over while chunks of it are still on their way.
  struct RunEnd {
    std::shared_ptr<Lane> lane;
    RunOutcome outcome;
  };

  void on_lane_ready(Lane& lane, const base::Result<void>& ready) override;
  bool on_offer(Lane& lane, const pricing::Quote& quote) override;
  base::Result<void> on_head(Lane& lane, const content::BodyVerifier& said, bool is_first) override;
  void on_fee(Lane& lane, base::Amount charge) override;
  void on_chunk(Lane& lane, OwedChunk chunk, Task taken) override;
  void on_refused_chunk(Lane& lane) override;
  void on_all_asked(Lane& lane) override;
  void on_run_end(Lane& lane, const RunOutcome& outcome) override;

  void on_witness_charged(Relay& witness, base::Amount charge, bool is_word) override;

  void begin();
  void prefer_holders(const base::Hash256& root, void (Fetch::*then)());
  void take_up(const FileSink::Opened& opened);
  void attempt();
  base::Result<void> open(Lane& lane, const Run& run);

  // Lanes: who brings what.
  void add_lane(Relay& relay);
  void watch_head();
  void add_rival();
  void drop_rivals(const Lane& first);
  std::set<const Relay*> relays_in_use() const;
  bool is_only() const { return lanes_.size() <= 1; }
  bool has(const Lane& lane) const;
  void feed(Lane& lane);
  void feed_idle();
  Run all_missing() const;
  std::optional<Run> next_run(Lane& lane);
  struct OthersRuns {
    std::vector<RunningRun> runs;
    std::vector<std::pair<Lane*, std::size_t>> of;  ///< whose, and its number there
  };
  OthersRuns runs_besides(const Lane& lane) const;
  std::optional<Run> run_of_others(const Lane& lane);
  void shorten_runs();
  void give_late(Lane& lane);
  void watch_late();
  void call_helpers();
  void find_helpers();
  bool may_widen() const;
  void widen();
  void drop_lane(Lane& lane);
  void drop_lanes();
  std::vector<RunningRun> running() const;
  double usual_seconds() const;
  std::uint64_t run_in_order() const;
  std::uint64_t window_end() const;

  // Whether others say the same.
  void make_quorum();
  base::Result<void> watch(const Lane& lane, const Run& run, StreamOrder& order);
  void conclude();
  void on_not_concluded(const Relay& relay, const base::Error& error);
  content::VerificationLevel reached() const;

  // Heads.
  base::Result<void> fit_range(const content::Manifest& manifest);
  base::Result<void> check_same_object(const content::Manifest& manifest) const;
  void show_head();

  // Chunks.
  bool is_there(base::ChunkIndex index) const;
  base::Result<void> agree_on(const Lane& bringer, const OwedChunk& chunk);
  void on_delivered(const ArrivedChunk& arrived, std::size_t bytes) override;
  void on_not_delivered(const base::Error& error) override;
  void show_progress();
  bool has_all() const;

  // Ends.
  void act_on_ends();
  void act_on(const RunEnd& end);
  void complete_if_all();
  void go_on_after(Lane& lane, const base::Error& error, const RunOutcome& outcome = {});
  void go_on_without(Lane& lane, const base::Error& error, const content::BodyVerifier* said);
  void keep_lie(Lane& lane, const base::Error& error, const content::BodyVerifier* said);
  void drop_last_chunk();
  void next_relay(Lane& lane, const base::Error& error);
  void start_over(const base::Error& why);
  void complete();
  void fail(const base::Error& error);
  void finish(const base::Error* error);

  Core& core_;
  RelayFinder& finder_;
  std::uint64_t id_;
  FetchRequest request_;
  FetchCallbacks callbacks_;
  std::unique_ptr<RelayChoice> choice_;
  JobEnded ended_;
  base::RequestHash request_hash_;
  std::shared_ptr<Budget> budget_;
  std::unique_ptr<FileSink> file_;
  Timer pause_;
  Timer late_;
  Timer head_late_;
  Timer holders_late_;
  std::vector<std::shared_ptr<Lane>> lanes_;
  std::optional<std::size_t> lane_limit_;           ///< below what was asked for: the relays differ, or the budget ends
  WaitTimes waits_;
  std::vector<RunEnd> run_ends_;                    ///< told; a last lane's is acted upon when all chunks are taken
  bool was_wide_ = false;                           ///< several lanes were at work
  std::set<const Relay*> slow_;                     ///< another one's head came first
  Relay* head_relay_ = nullptr;                     ///< whose word the head is
  ChunkRun chunks_;                                 ///< present: where they belong
  Delivery delivery_;
  std::string validator_;
  std::optional<std::uint64_t> length_;
  DigestCheck digests_;
  std::shared_ptr<Quorum> quorum_;                  ///< when one is wanted
  std::map<const Relay*, std::shared_ptr<Quorum::RunWatch>> watches_;  ///< of each lane's newest run, whose witnesses are heard to the end
  std::shared_ptr<Quorum::RunWatch> concluding_;    ///< it is asked about the whole
  bool concluded_ = false;                          ///< it agrees on the whole
  Receipt receipt_;
  std::uint64_t started_ns_ = 0;
  std::uint64_t progress_ns_ = 0;
  std::optional<content::Manifest> head_;           ///< the last that was taken
  bool head_shown_ = false;
  bool head_known_ = false;                         ///< since the last start: what is fetched is known
  bool told_waiting_ = false;                       ///< that no relay answers
  std::uint32_t restarts_ = 0;
  bool over_ = false;
};

}  // namespace ferry::client
