#pragma once
// Quorum: sees to it that what one relay delivers is what other relays, of other operators and in other networks, say as well. Each run of chunks that a
// relay is to bring gets witnesses; each chunk waits until enough of them agree. When they do not, more are asked, and who is outvoted is left. A
// fetch asks it: begin() for each stream, hear() for each manifest, vouch() for each chunk, conclude() before it says that all is there.
// Threads: the loop's.

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

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

class Quorum final : private WitnessListener {
 public:
  using Done = std::function<void(const base::Result<void>&)>;
  using Run = std::uint64_t;

  /// `relays`: those that may be asked; the ones that are marked for a lie are not. All outlive this.
  Quorum(Core& core, const FetchRequest& request, base::RequestHash request_hash, std::shared_ptr<Budget> budget, std::vector<Relay*> relays,
         QuorumListener& listener);
  ~Quorum();
  Quorum(const Quorum&) = delete;
  Quorum& operator=(const Quorum&) = delete;

  /// `body` is about to bring these chunks: witnesses are asked about the same. Precondition: it has a session.
  Run begin(Relay& body, std::uint64_t first_chunk, std::uint64_t chunk_count);
  /// Its stream has ended, and all of its chunks were vouched for or given up.
  void end(Run run);
  /// Nothing more is asked of anybody.
  void stop();
  /// What `body` has signed. Errors: its lie; those of Agreement::hear().
  base::Result<void> hear(Run run, const content::SignedManifest& word);
  /// `done` once, in the order of the calls of one run, maybe inside the call: agreed, or why not. Errors: peer_fault "chunk_outvoted" (`body` lied; evidence
  /// is kept), environment "object_outvoted" (it has another object than the others), refusal "quorum_not_reached".
  void vouch(Run run, base::ChunkIndex index, const base::Hash256& hash, Done done);
  /// The same about the response as a whole: status, validator, length.
  void conclude(Run run, Done done);

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
  };

  bool on_voice(Witness& witness) override;
  void on_word(Witness& witness) override;
  void on_hash(Witness& witness, base::ChunkIndex index, const base::Hash256& hash) override;
  void on_witness_charge(Witness& witness, base::Amount charge, bool is_word) override;
  void on_witness_end(Witness& witness, const base::Result<void>& outcome) override;

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
  void look(Watched& run);
  /// False: it has to wait.
  bool judge(Watched& run);
  bool judge_whole(Watched& run);
  std::optional<base::Result<void>> decide(Watched& run, const content::Opinion& opinion, std::optional<base::ChunkIndex> index);
  base::Error outvoted(const Watched& run, const content::Opinion& opinion, const std::string& what);
  void punish(const content::Opinion& opinion, std::optional<base::ChunkIndex> index);
  void blame(Relay& relay, const base::Error& error);
  void compared(Watched& run, base::ChunkIndex index);
  base::Result<void> give_up(const content::Opinion& opinion);
  EvidenceRecord record_of(const base::Error& fault, const base::Address& accused) const;
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
  std::set<const Relay*> unfit_;  ///< failed, lied, or not independent
  Run last_run_ = 0;
  std::uint64_t ended_overhead_ = 0;  ///< of runs that have ended
  bool fell_back_ = false;
  bool looking_soon_ = false;
  std::optional<base::Error> exhausted_;  ///< no more can be spent on witnesses
  std::string text_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace ferry::client
