#pragma once
// Quorum: sees to it that what one relay delivers is what other relays, of other operators and in other networks, say as well. Each run of chunks that a
// relay is to bring gets witnesses; each chunk waits until enough of them agree. When they do not, more are asked, and who is outvoted is left. Runs
// may be under way at the same time: what a relay says as a witness of one counts in the others. A fetch asks it: watch() for each stream, which
// then asks by itself, and conclude() before it says that all is there.
// Threads: the loop's.

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/loop/timer.hpp"
#include "client/verify/evidence_record.hpp"
#include "client/verify/witness.hpp"

namespace ferry::client {

class QuorumListener {
 public:
  /// Owed to a witness, for its request or a word.
  virtual void on_witness_charged(Relay& witness, base::Amount charge, bool is_word) = 0;

 protected:
  ~QuorumListener() = default;
};

class Quorum final : public std::enable_shared_from_this<Quorum>, private WitnessListener {
 public:
  using Done = StreamWatch::Done;
  using Run = std::uint64_t;

  /// A run that is watched, until the last of these is gone. May outlive the quorum, and is then told that all is over.
  class RunWatch;

  /// `relays`: those that may be asked; the ones that are marked for a lie are not. All outlive this.
  Quorum(Core& core, const FetchRequest& request, base::RequestHash request_hash, std::shared_ptr<Budget> budget, std::vector<Relay*> relays,
         QuorumListener& listener);
  ~Quorum();
  Quorum(const Quorum&) = delete;
  Quorum& operator=(const Quorum&) = delete;

  /// `body` is about to bring these chunks: witnesses are asked about the same. What StreamWatch::hear() says then: its lie, or those errors of
  /// Agreement::hear(). What vouch() says: agreed; peer_fault "chunk_outvoted" (`body` lied; evidence is kept), environment "object_outvoted" (it has
  /// another object than the others, or has lied elsewhere), refusal "quorum_not_reached", "cancelled" (all is over). Precondition: it has a session.
  std::shared_ptr<RunWatch> watch(Relay& body, std::uint64_t first_chunk, std::uint64_t chunk_count);
  /// The response as a whole, as the relay of this run told it: status, validator, length. `done` once with an answer as vouch() gives, if the run is
  /// watched until then.
  void conclude(const RunWatch& run, Done done);
  bool has_heard(const Relay& relay) const { return agreement_.word(relay.address()) != nullptr; }
  /// Nothing more is asked of anybody. What came, and enough have vouched for by now, is agreed; the rest is cancelled.
  void stop();

  /// The relays honestly differ, and the request allows one relay's word in that case.
  bool fell_back() const { return fell_back_; }
  /// Of all witnesses' messages.
  std::uint64_t overhead_bytes() const;
  /// "2/3": so many that count, of so many that were heard. After conclude().
  const std::string& text() const { return text_; }

 private:
  struct Pending {
    base::ChunkIndex index;
    Done done;
  };
  struct Watched {
    Run id = 0;
    Relay* body = nullptr;
    content::Voice voice;
    base::Hash256 domain_separator;
    std::uint64_t first = 0;
    std::uint64_t count = UINT64_MAX;
    std::deque<Pending> pending;
    Done concluding;
    std::vector<std::shared_ptr<Witness>> witnesses;
    std::size_t asked = 0;   ///< witnesses that have said something or may
    std::uint64_t next = 0;  ///< the chunk to be judged next
    std::optional<std::uint64_t> late_at;  ///< the same when on_late() last looked
  };

  bool on_voice(Witness& witness) override;
  void on_word(Witness& witness) override;
  void on_hash(Witness& witness, base::ChunkIndex index, const base::Hash256& hash) override;
  void on_witness_charge(Witness& witness, base::Amount charge, bool is_word) override;
  void on_witness_end(Witness& witness, const base::Result<void>& outcome) override;

  Run begin(Relay& body, std::uint64_t first_chunk, std::uint64_t chunk_count);
  void end(Run run);
  void end_before(Run run, std::uint64_t chunk);
  base::Result<void> hear(Run run, const content::SignedManifest& word);
  void vouch(Run run, base::ChunkIndex index, const base::Hash256& hash, Done done);
  void drop_witnesses();
  /// Another run has yet to compare this chunk.
  bool is_wanted_besides(const Watched& run, base::ChunkIndex index) const;
  static std::uint64_t overhead_of(const Watched& run);
  Watched* find(Run run);
  Watched* watched_by(const Witness& witness);
  /// Asks one more witness from `first` on; false when there is none left, or enough were asked.
  bool recruit(Watched& run, std::uint64_t first);
  Relay* next_candidate(const Watched& run) const;
  bool has_more_to_say(const Watched& run, std::optional<base::ChunkIndex> index) const;
  /// A witness has told every hash, and will sign them and end.
  bool is_about_to_sign(const Watched& run) const;
  void look_soon();
  /// Somebody was asked and may still answer, or never will.
  void watch_late();
  void on_late();
  void look(Watched& run);
  /// False: it has to wait.
  bool judge(Watched& run);
  bool judge_whole(Watched& run);
  std::optional<base::Result<void>> decide(Watched& run, const content::Opinion& opinion, std::optional<base::ChunkIndex> index);
  base::Error outvoted(const Watched& run, const content::Opinion& opinion, std::optional<base::ChunkIndex> index, const std::string& what);
  static base::Error silenced(const Relay& relay);
  void punish(const content::Opinion& opinion, std::optional<base::ChunkIndex> index);
  void blame(Relay& relay, const base::Error& error, std::optional<base::ChunkIndex> index = {});
  /// It has no say any more, in whatever it brings or witnesses.
  void silence(Relay& relay);
  void compared(Watched& run, base::ChunkIndex index);
  base::Result<void> give_up(const content::Opinion& opinion);
  std::vector<base::Hash256> hashes_of(const base::Address& relay, std::uint64_t first) const;
  EvidenceRecord record_of(const base::Error& fault, const base::Address& accused, std::optional<base::ChunkIndex> index = {}) const;
  Relay* relay_of(const base::Address& address) const;

  Core& core_;
  FetchRequest request_;
  base::RequestHash request_hash_;
  std::shared_ptr<Budget> budget_;
  std::vector<Relay*> relays_;
  QuorumListener& listener_;
  content::Agreement agreement_;
  std::map<base::Address, base::Domain> domains_;
  std::vector<std::unique_ptr<Watched>> runs_;
  std::set<const Relay*> unfit_;     ///< failed, lied, or not independent
  std::set<const Relay*> silenced_;  ///< lied, or have another object
  Run last_run_ = 0;
  std::uint64_t ended_overhead_ = 0;  ///< of runs that have ended
  bool fell_back_ = false;
  bool looking_soon_ = false;
  Timer late_;
  bool stopped_ = false;
  std::optional<base::Error> exhausted_;  ///< no more can be spent on witnesses
  std::string text_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

class Quorum::RunWatch final : public StreamWatch {
 public:
  RunWatch(std::weak_ptr<Quorum> quorum, Run run) : quorum_(std::move(quorum)), run_(run) {}
  ~RunWatch() override;
  RunWatch(const RunWatch&) = delete;
  RunWatch& operator=(const RunWatch&) = delete;

  base::Result<void> hear(const content::SignedManifest& word) override;
  void vouch(base::ChunkIndex index, const base::Hash256& hash, Done done) override;
  void end_before(std::uint64_t chunk) override;
  Run run() const { return run_; }

 private:
  std::weak_ptr<Quorum> quorum_;
  Run run_;
};

}  // namespace ferry::client
