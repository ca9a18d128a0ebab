#pragma once
// Tunnel: one tunnel through one relay: quote → open → bytes both ways, each counted, its metered charges checked against what really came and
// went, made durable and paid. Nothing is received or sent that no budget has room for. Which relay, and whose bytes these are, is the caller's.
// Threads: the loop's.

#include <functional>
#include <memory>
#include <optional>

#include "client/front/destination.hpp"
#include "client/loop/timer.hpp"
#include "client/pay/prepare_channel.hpp"
#include "client/pay/purchase.hpp"
#include "client/relays/relay.hpp"
#include "client/tunnel/down_memory.hpp"

namespace ferry::client {

struct TunnelOrder {
  Destination to;
  std::optional<base::Amount> max_price;  ///< per MiB
  std::shared_ptr<Budget> budget;
  std::shared_ptr<DownMemory> memory;
  /// These bytes were metered, and this is owed for them. Comes after the end, too. May be empty.
  std::function<void(base::Amount charged, std::uint64_t down_bytes, std::uint64_t up_bytes)> on_charged;
};

/// What a relay is asked before a channel is opened with it for a tunnel, and which offers suit: within the price limit and the budgets. `core` outlives
/// the terms. Errors of the check: refusal "price_too_high", "budget_reached".
Question question_of(const Destination& to);
OpeningTerms opening_terms(Core& core, const std::optional<base::Amount>& max_price, const std::shared_ptr<Budget>& budget);

/// None of these is called from inside a call of the tunnel. They may drop it.
class TunnelListener {
 public:
  /// The relay has connected.
  virtual void on_tunnel_opened() = 0;
  /// Tell consumed() when they are where they belong.
  virtual void on_tunnel_data(const wire::Payload& payload) = 0;
  /// The destination sends nothing more.
  virtual void on_tunnel_end() = 0;
  /// room() has grown.
  virtual void on_tunnel_room() = 0;
  /// The end. Before on_tunnel_opened: why it could not be opened.
  virtual void on_tunnel_closed(const base::Result<void>& outcome) = 0;

 protected:
  ~TunnelListener() = default;
};

class Tunnel final : public std::enable_shared_from_this<Tunnel>, private StreamListener, private Buyer {
 public:
  /// `core` and `relay` outlive this, `listener` until on_tunnel_closed or drop().
  Tunnel(Core& core, Relay& relay, TunnelOrder order, TunnelListener& listener);
  ~Tunnel();

  /// Precondition: the relay has a named channel.
  void start();
  /// What send() takes now. Units: bytes.
  std::size_t room();
  /// Precondition: not more than room().
  void send(base::ByteView bytes);
  /// Nothing more will be sent.
  void finish_sending();
  /// So much of what came is where it belongs.
  void consumed(std::size_t bytes);
  /// Nothing more is wanted, and nobody listens any more. What was carried is still metered and paid.
  void drop();

  bool is_open() const { return opened_; }
  const std::optional<pricing::Quote>& quote() const { return purchase_.quote(); }
  std::uint64_t down_bytes() const { return received_; }
  std::uint64_t up_bytes() const { return sent_; }

 private:
  Purchase& purchase() override { return purchase_; }
  void on_payment_failed(const base::Error& error) override;
  void on_message_bytes(std::size_t) override {}
  void on_quote(wire::QuoteMessage message) override;
  void on_opened() override;
  void on_data(wire::Payload payload) override;
  void on_end(bool reset) override;
  void on_meter(wire::TunnelMeter message) override;
  void on_room() override;
  void on_done() override;
  void on_refused(wire::Refused message) override;
  void on_lost(const base::Error& error) override;

  std::optional<wire::TunnelLimit> limit() const;
  base::Result<pricing::Quote> check_offer(const wire::QuoteMessage& message);
  base::Result<pricing::Quote> check_new_offer(const wire::QuoteMessage& message) const;
  base::Result<void> check_meter(const wire::TunnelMeter& message) const;
  /// How much more the relay may send; 0 when enough is under way or no budget has room.
  std::uint64_t next_grant();
  void grant_more();
  void lie(const base::Error& error);
  void stop(const base::Error& why);
  void stop_soon();
  void end(const base::Result<void>& outcome);
  void forget_stream();
  void close_purchase();
  /// All that was carried is metered, and counted.
  bool is_settled() const { return settling_ == 0 && metered_down_ == received_ && metered_up_ == sent_; }

  Core& core_;
  Relay& relay_;
  TunnelOrder order_;
  TunnelListener* listener_;
  Purchase purchase_;
  Timer patience_;
  base::ChannelId channel_;
  base::Address payer_;
  base::Domain domain_;
  base::Hash256 domain_separator_;
  base::RequestHash hash_;
  std::optional<wire::TunnelLimit> limit_;
  std::optional<base::StreamId> stream_;  ///< while the relay has it
  std::shared_ptr<Tunnel> lingering_;     ///< itself, while the last meter is awaited
  bool offered_ = false;
  bool opened_ = false;
  bool finished_ = false;      ///< nothing more is sent
  bool ended_ = false;         ///< nothing more comes
  bool dropped_ = false;
  bool stopping_ = false;      ///< the budget has no room, and the listener will hear of it
  bool over_ = false;          ///< the relay meters nothing more
  std::uint64_t granted_ = 0;  ///< that the relay may send in all
  std::uint64_t received_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t unconsumed_ = 0;
  std::uint64_t metered_down_ = 0, metered_up_ = 0;
  std::uint64_t meters_ = 0;
  std::uint64_t settling_ = 0;  ///< of these, not durable yet
};

}  // namespace ferry::client
