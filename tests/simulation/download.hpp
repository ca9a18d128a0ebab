#pragma once
// Download: one object, or the rest of it, from one relay: what Lane and BodyStream of the client do, with the real verifier, purchase and price checks.
// One that is not wanted any more still takes and pays what it had asked for, as LeftStream does.

#include <memory>
#include <optional>
#include <vector>

#include "client/pay/purchase.hpp"
#include "protocol/content/verifier.hpp"
#include "protocol/wire/messages.hpp"
#include "tests/simulation/sim_client.hpp"

namespace ferry::simulation {

class ClientEnd;
class Download;

class DownloadListener {
 public:
  virtual void on_head(Download& download) = 0;
  /// Verified and owed.
  virtual void on_chunk(Download& download, base::ChunkIndex index, base::ByteView bytes, const base::Hash256& hash) = 0;
  /// Null: all has come. Never from inside.
  virtual void on_end(Download& download, const base::Error* error) = 0;

 protected:
  ~DownloadListener() = default;
};

struct DownloadOrder {
  ObjectNumber object = 0;
  std::vector<base::Hash256> present;  ///< chunks that are there, from the first on
  bool after_head = false;             ///< nothing is asked for before the head has come
};

class Download final : public std::enable_shared_from_this<Download> {
 public:
  Download(SimClient& client, SimRelay& relay, std::shared_ptr<Connection> connection, DownloadOrder order, DownloadListener& listener);

  void start();
  /// The listener hears nothing more.
  void drop();
  SimRelay& relay() { return relay_; }

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
  base::Amount count(std::uint64_t index, const base::Hash256& hash, base::Amount charge, base::Amount charged_after, bool redelivered);
  void end(base::Result<void> outcome);
  void report(base::Result<void> outcome);

  SimClient& client_;
  SimRelay& relay_;
  World& world_;
  std::shared_ptr<Connection> connection_;
  ClientEnd& client_end_;
  DownloadOrder order_;
  DownloadListener* listener_;
  base::RequestHash request_;
  content::BodyVerifier verifier_;
  client::Purchase purchase_;
  base::StreamId stream_;
  std::uint64_t next_chunk_, next_granted_;
  bool head_came_ = false, left_ = false, over_ = false;
  double began_ = 0, last_came_ = 0;
};

}  // namespace ferry::simulation
