#pragma once
// LeftStream: a stream that its fetch gave up while chunks that it had asked for were under way. The relay has charged them or is about to, so they
// are counted and paid for like any others, but go nowhere; then the stream is cancelled with nothing under way, and both sides agree.
// Gives up, and leaves the difference to redelivery or adoption, when the relay waits for more credit, is slow or breaks the quote.
// Threads: the loop's. It owns itself until the relay ends the stream.

#include <memory>
#include <vector>

#include "client/loop/timer.hpp"
#include "client/pay/purchase.hpp"
#include "client/relays/relay.hpp"

namespace ferry::client {

/// What was agreed on the stream that is left.
struct LeftOrder {
  base::StreamId stream;
  base::ChannelId channel;
  base::RequestHash request;
  pricing::Quote quote;
  bool is_witness = false;
  bool head_came = false;
  std::uint64_t next_chunk = 0;
  std::vector<std::uint64_t> granted;  ///< bytes of each chunk that was asked for and has not come
};

class LeftStream final : public std::enable_shared_from_this<LeftStream>, private StreamListener {
 public:
  /// Precondition: the relay has a session, and `order.stream` is open in it.
  static void take_over(Core& core, Relay& relay, LeftOrder order);

  LeftStream(Core& core, Relay& relay, LeftOrder order);

 private:
  bool reserve();
  void on_message_bytes(std::size_t) override {}
  void on_quote(wire::QuoteMessage) override {}
  void on_manifest(wire::ManifestMessage message) override;
  void on_hashes(wire::Hashes) override {}
  void on_chunk(wire::ChunkMessage message) override;
  void on_witnessed(wire::Witnessed message) override;
  void on_credit_wait(base::Amount required) override;
  void on_done() override { finish(); }
  void on_refused(wire::Refused) override { finish(); }
  void on_lost(const base::Error&) override { finish(); }

  template <typename Message>
  void take(const Message& message, const base::Result<void>& right);
  void count(channels::DeliveredRecord delivery, bool redelivered);
  void cancel();
  void finish();

  Core& core_;
  Relay& relay_;
  LeftOrder order_;
  Purchase purchase_;
  Timer patience_;
  std::shared_ptr<LeftStream> myself_;  // the session knows only a reference
};

}  // namespace ferry::client
