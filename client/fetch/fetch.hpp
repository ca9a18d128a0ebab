#pragma once
// Fetch: one URL, or a range of its bytes, from its first relay to its receipt. Reads downwards: start → attempt → open_stream → on_head, on_chunk,
// taken → on_stream_end → complete → finish. Money, verification and transport are BodyStream's and below; which chunks are wanted is ChunkRun's,
// where bytes go is FileSink's or the receiver's.
// Threads: the loop's.

#include <memory>
#include <optional>
#include <string>

#include "client/fetch/body_stream.hpp"
#include "client/fetch/digest_check.hpp"
#include "client/fetch/fetch_request.hpp"
#include "client/fetch/file_sink.hpp"
#include "client/fetch/receipt.hpp"
#include "client/job.hpp"
#include "client/relays/relay_choice.hpp"
#include "client/verify/quorum.hpp"
#include "protocol/base/hash.hpp"

namespace ferry::client {

class Fetch final : public Job, public std::enable_shared_from_this<Fetch>, private BodyStreamListener, private QuorumListener {
 public:
  Fetch(Core& core, std::uint64_t id, FetchRequest request, FetchCallbacks callbacks, std::unique_ptr<RelayChoice> choice, JobEnded ended);
  ~Fetch() override;

  void start();
  void cancel(const base::Error& why) override;

 private:
  bool on_offer(const pricing::Quote& quote) override;
  base::Result<void> on_head(const content::Manifest& manifest) override;
  void on_fee(base::Amount charge) override;
  void on_chunk(OwedChunk chunk) override;
  void on_refused_chunk() override;
  void on_stream_end(const base::Result<void>& outcome) override;

  void on_witness_charged(Relay& witness, base::Amount charge, bool is_word) override;

  void watch(StreamOrder& order);
  void make_quorum();
  content::VerificationLevel reached() const;
  void take_up(const FileSink::Opened& opened);
  void attempt();
  void open_stream();
  base::Result<void> fit_range(const content::Manifest& manifest);
  void write(const OwedChunk& chunk);
  void show(const OwedChunk& chunk);
  void hand_over(const OwedChunk& chunk);
  void put(base::ChunkIndex index, const base::Hash256& hash, std::size_t bytes);
  void taken();
  void show_progress();
  base::Result<void> check_same_object(const content::Manifest& manifest) const;
  void end_stream_if_taken();
  bool has_all() const;
  void on_body_end();
  void go_on_after(const base::Error& error);
  void next_relay(const base::Error& error);
  void start_over(const base::Error& why);
  void conclude();
  void complete();
  void fail(const base::Error& error);
  void finish(const base::Error* error);

  Core& core_;
  std::uint64_t id_;
  FetchRequest request_;
  FetchCallbacks callbacks_;
  std::unique_ptr<RelayChoice> choice_;
  JobEnded ended_;
  base::RequestHash request_hash_;
  std::shared_ptr<Budget> budget_;
  std::unique_ptr<FileSink> file_;
  Timer pause_;
  Relay* relay_ = nullptr;                          ///< of stream_ and verifier_
  std::unique_ptr<content::BodyVerifier> verifier_;
  std::shared_ptr<BodyStream> stream_;
  std::optional<base::Result<void>> stream_end_;    ///< told, and acted upon when all chunks are taken
  std::size_t untaken_ = 0;                         ///< handed on, not yet where they belong
  std::uint64_t brought_ = 0;                       ///< chunks of this stream
  ChunkRun chunks_;                                 ///< present: where they belong
  std::string validator_;
  std::optional<std::uint64_t> length_;
  DigestCheck digests_;
  base::Sha256 sha256_;                             ///< without a file, and when somebody named a digest
  std::unique_ptr<Quorum> quorum_;                  ///< when one is wanted
  std::optional<Quorum::Run> watched_;              ///< of stream_
  bool concluded_ = false;                          ///< it agrees on the whole
  Receipt receipt_;
  std::uint64_t started_ns_ = 0;
  std::uint64_t progress_ns_ = 0;
  bool head_shown_ = false;
  bool stream_has_head_ = false;
  std::uint32_t restarts_ = 0;
  bool over_ = false;
};

}  // namespace ferry::client
