#pragma once
// Download: one run of an object's chunks from one relay: what client::BodyStream does, with the real verifier, purchase and price checks. One that
// is not wanted any more still takes and pays what it had asked for, as LeftStream does.

#include <map>
#include <memory>
#include <optional>

#include "client/fetch/fetch_request.hpp"
#include "client/fetch/run_plan.hpp"
#include "client/pay/purchase.hpp"
#include "protocol/content/verifier.hpp"
#include "protocol/wire/messages.hpp"
#include "tests/simulation/sim_client.hpp"

namespace ferry::simulation {

class ClientEnd;
class Download;

/// Verified and owed.
struct ArrivedChunk {
  base::ChunkIndex index;
  base::ByteView bytes;
  base::Hash256 hash;
  bool hit = false;
};

/// From inside on_head() and on_chunk() a download may be told to adopt() and set_ahead(), nothing else.
class DownloadListener {
 public:
  virtual void on_offer(const pricing::Quote& quote) = 0;
  virtual void on_head() = 0;
  virtual void on_chunk(const ArrivedChunk& chunk) = 0;
  virtual void on_all_asked() = 0;
  /// Null: all has come. Never from inside.
  virtual void on_end(const base::Error* error) = 0;

 protected:
  ~DownloadListener() = default;
};

struct DownloadOrder {
  ObjectNumber object = 0;
  client::Run run;
  const std::map<std::uint64_t, base::Hash256>* present = nullptr;  ///< chunks that are there; read by the constructor only
  bool continues = false;                                           ///< it must be the object that something is there of
  bool after_head = false;                                          ///< nothing is asked for before the head has come
};

class Download final : public std::enable_shared_from_this<Download> {
 public:
  Download(SimClient& client, SimRelay& relay, std::shared_ptr<Connection> connection, const DownloadOrder& order, DownloadListener& listener);

  void start();
  /// The listener hears nothing more.
  void drop();

  /// A chunk that is there, whoever brought it.
  void adopt(base::ChunkIndex index, const base::Hash256& hash);
  /// Nothing from `chunk` on is wanted any more, but for what has been asked for.
  void end_before(std::uint64_t chunk);
  void set_ahead(std::size_t chunks) { ahead_ = chunks; }
  std::uint64_t next_chunk() const { return next_chunk_; }
  std::uint64_t asked_end() const { return next_granted_; }
  std::uint64_t ordered_end() const { return end_; }
  bool is_shortened() const { return shortened_; }

  // For ClientEnd.
  void has_stream(base::StreamId stream) { stream_ = stream; }
  client::Purchase& purchase() { return purchase_; }
  bool is_left() const { return left_; }
  void lost(const base::Error& why);
  void on(const wire::QuoteMessage& message);
  void on(const wire::ManifestMessage& message);
  void on(const wire::Hashes& message);
  void on(const wire::ChunkMessage& message);
  void on(const wire::Done& message);
  void on(const wire::Refused& message);

 private:
  base::Result<pricing::Quote> check_offer(const wire::QuoteMessage& message) const;
  std::optional<std::uint64_t> next_grant() const;
  void grant_more();
  bool has_asked_for_all() const;
  void end_if_shortened();
  base::Amount count(std::uint64_t index, const base::Hash256& hash, base::Amount charge, base::Amount charged_after);
  void expect(base::Amount price);
  void end(base::Result<void> outcome);
  void report(base::Result<void> outcome);

  SimClient& client_;
  SimRelay& relay_;
  World& world_;
  std::shared_ptr<Connection> connection_;
  ClientEnd& client_end_;
  ObjectNumber object_;
  bool continues_, after_head_;
  DownloadListener* listener_;
  base::RequestHash request_;
  content::BodyVerifier verifier_;
  client::Purchase purchase_;
  base::StreamId stream_;
  std::uint64_t next_chunk_, next_granted_, end_;
  std::size_t ahead_ = client::kChunksAhead;
  bool head_came_ = false, shortened_ = false, left_ = false, over_ = false;
};

}  // namespace ferry::simulation
