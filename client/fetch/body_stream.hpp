#pragma once
// BodyStream: one stream of one fetch on one relay: quote → manifest → chunks, each verified, its charge checked, counted durably, and handed on
// in order; windows are opened as the fetch takes them and the budgets allow. A chunk's way through the client is on_chunk → on_counted.
// Threads: the loop's.

#include <functional>
#include <memory>
#include <optional>

#include "client/fetch/fetch_request.hpp"
#include "client/loop/timer.hpp"
#include "client/pay/purchase.hpp"
#include "client/relays/relay.hpp"
#include "protocol/content/verifier.hpp"

namespace ferry::client {

/// Others that are asked about what a stream brings. Lives as long as the stream, so that both end together.
class StreamWatch {
 public:
  using Done = std::function<void(const base::Result<void>&)>;

  virtual ~StreamWatch() = default;
  /// A manifest that was verified; an error ends the stream with it.
  virtual base::Result<void> hear(const content::SignedManifest& word) = 0;
  /// A verified chunk is neither owed nor handed on before they agree; their no ends the stream with that error. `done` once for each call, in the
  /// order of the calls, unless all of this ends before.
  virtual void vouch(base::ChunkIndex index, const base::Hash256& hash, Done done) = 0;
  /// Of what was ordered, nothing from `chunk` on is wanted any more.
  virtual void end_before(std::uint64_t chunk) = 0;
};

/// What a stream is asked to bring.
struct StreamOrder {
  FetchRequest request;
  base::RequestHash request_hash;
  std::uint64_t first_chunk = 0;
  std::uint64_t chunk_count = UINT64_MAX;
  std::string if_validator;
  bool after_head = false;  ///< no chunk is asked for before the head is known
  bool is_witness = false;  ///< hashes come in place of chunks; request_hash is then a content::witness_hash()
  std::shared_ptr<StreamWatch> watch = {};  ///< null: nobody else is asked
};

/// A chunk that is verified and owed.
struct OwedChunk {
  base::ChunkIndex index;
  wire::Payload payload;
  base::Hash256 hash;
  base::Amount charge;
  bool hit = false;
};

class BodyStream;

class BodyStreamListener {
 public:
  /// The offer holds by its signature and the limits. False: no.
  virtual bool on_offer(const pricing::Quote& quote) = 0;
  /// First or final manifest, verified. An error ends the stream with it.
  virtual base::Result<void> on_head(const content::Manifest& manifest) = 0;
  virtual void on_fee(base::Amount charge) = 0;
  virtual void on_chunk(OwedChunk chunk) = 0;
  /// A chunk was not taken; its fault follows by on_stream_end.
  virtual void on_refused_chunk() = 0;
  /// All that was ordered has been asked for. May come again after end_before().
  virtual void on_all_asked() = 0;
  /// The last call; everything that is owed has been handed on. Errors that name a lie of the relay: is_lie().
  virtual void on_stream_end(const base::Result<void>& outcome) = 0;

 protected:
  ~BodyStreamListener() = default;
};

class BodyStream final : public std::enable_shared_from_this<BodyStream>, private StreamListener, private Buyer {
 public:
  /// `core` and `relay` outlive this, `verifier` and `listener` until on_stream_end or drop().
  BodyStream(Core& core, Relay& relay, content::BodyVerifier& verifier, std::shared_ptr<Budget> budget, StreamOrder order,
             BodyStreamListener& listener);
  ~BodyStream();

  /// Precondition: the relay has a named channel. on_stream_end is never called from inside.
  void start();
  /// The listener has put a chunk where it belongs, or its receiver has: room for another.
  void taken();
  /// Of what was ordered, nothing from `chunk` on is wanted any more, unless it has been asked for already.
  void end_before(std::uint64_t chunk);
  /// How many chunks may be asked for ahead of what was taken. From 1.
  void set_ahead(std::size_t chunks) { order_.request.chunks_ahead = chunks; }
  /// The next chunk that is handed on, the end of those that were asked for, and of those that were ordered (UINT64_MAX: the body's).
  std::uint64_t next_chunk() const { return next_handed_; }
  std::uint64_t asked_end() const { return next_granted_; }
  std::uint64_t ordered_end() const { return order_.chunk_count == UINT64_MAX ? UINT64_MAX : order_.first_chunk + order_.chunk_count; }
  /// Ends it, as soon as what is being counted is counted; nothing new is taken from the relay.
  void stop(base::Error why);
  /// Ends it at once without a word to the listener.
  void drop();

  /// The error is the relay's lie about content or money, and it is to be avoided.
  static bool is_lie(const base::Error& error);

  Purchase& purchase() override { return purchase_; }
  std::uint64_t overhead_bytes() const { return overhead_; }
  /// Every chunk that was ordered has come, and the relay will sign them.
  bool is_about_to_sign() const { return !outcome_ && !shortened_ && next_chunk_ >= ordered_end(); }
  bool is_shortened() const { return shortened_; }
  /// All that was asked for is here, and no more may be asked for before some of it is taken.
  bool is_held_back() const { return in_hand_ > 0 && next_chunk_ >= next_granted_ && !outcome_; }
  bool asked_unseen() const { return limit_.has_value(); }

 private:
  void on_message_bytes(std::size_t bytes) override;
  void on_quote(wire::QuoteMessage message) override;
  void on_manifest(wire::ManifestMessage message) override;
  void on_hashes(wire::Hashes message) override;
  void on_chunk(wire::ChunkMessage message) override;
  void on_witnessed(wire::Witnessed message) override;
  void on_done() override;
  void on_refused(wire::Refused message) override;
  void on_lost(const base::Error& error) override;
  void on_payment_failed(const base::Error& error) override;

  wire::Request make_request();
  base::Result<pricing::Quote> check_offer(const wire::QuoteMessage& message) const;
  base::Result<void> check_place(base::ChunkIndex index) const;
  base::Result<void> check_chunk(const wire::ChunkMessage& message);
  base::Result<void> check_witnessed(const wire::Witnessed& message);
  template <typename Message>
  void owe(const Message& message, wire::Payload payload);
  void agree(const pricing::Quote& quote, const wire::QuoteMessage& message);
  void grant_more();
  std::optional<std::uint64_t> next_grant() const;
  void count(channels::DeliveredRecord delivery, bool redelivered, std::function<void(base::Amount)> counted);
  bool has_asked_for_all() const;
  void end_if_shortened();
  void watch();
  void end(base::Result<void> outcome);
  void close_stream();
  void leave_stream();
  void report_if_through();

  Core& core_;
  Relay& relay_;
  content::BodyVerifier& verifier_;
  StreamOrder order_;
  BodyStreamListener* listener_;
  Purchase purchase_;
  Timer stall_;
  base::ChannelId channel_;
  base::Address payer_;
  base::Amount confirmed_;  ///< when it began
  base::Domain domain_;
  base::Hash256 domain_separator_;
  std::optional<wire::PriceLimit> limit_;
  std::optional<base::StreamId> stream_;  // while the relay has it
  std::uint64_t next_chunk_ = 0;    ///< that the relay must send
  std::uint64_t next_handed_ = 0;   ///< to the listener
  std::uint64_t next_granted_ = 0;  ///< that the relay may send next
  std::size_t in_hand_ = 0;         ///< granted and not yet taken
  std::size_t counting_ = 0;        ///< deliveries not yet durable
  std::uint64_t overhead_ = 0;
  bool offered_ = false;
  bool head_came_ = false;
  bool shortened_ = false;  ///< the relay would go on behind what is still ordered
  std::optional<base::Result<void>> outcome_;
};

}  // namespace ferry::client
