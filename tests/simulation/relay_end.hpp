#pragma once
// RelayEnd: a relay's side of one connection: the real RelaySession, and what relay/serve does on it, in its order: price, room, credit, content,
// charge, send. Without coroutines, so that thousands of them run under a virtual clock.

#include <functional>
#include <map>
#include <optional>

#include "pricing/quote.hpp"
#include "protocol/wire/relay_session.hpp"
#include "tests/simulation/sim_relay.hpp"

namespace ferry::simulation {

class RelayEnd {
 public:
  /// `soon`: calls back after so many seconds, unless the connection has ended.
  using Soon = std::function<void(double seconds, std::function<void()> act)>;

  RelayEnd(SimRelay& relay, Soon soon);

  void receive(base::ByteView message);
  /// The client is gone.
  void left();
  std::optional<wire::OutMessage> next_message() { return session_.next_message(); }
  bool has_messages() const { return session_.has_messages(); }

 private:
  struct Sale {
    base::ChannelId channel;
    pricing::Quote quote;
    base::RequestHash request;
    ObjectNumber object = 0;
    base::Amount chunk_price;
    std::uint64_t first = 0, next = 0, end = 0;
    bool accepted = false, head_sent = false;
    std::optional<channels::Reservation> admitted;  ///< for what is sent next
    bool is_hit = false;                            ///< of it
    std::optional<bool> lies;                       ///< about it, once that is decided
    std::optional<double> origin_at;                ///< when the origin's next byte is here
    base::Amount need_told;
    std::vector<base::Hash256> served;
  };
  enum class Step { done, waits };

  void on(const wire::ChannelNamed& event);
  void on(const wire::VoucherCame& event);
  void on(const wire::RequestCame& event);
  void on(const wire::QuoteAccepted& event);
  void on(const wire::StreamCancelled& event);
  void on(const wire::WindowOpened& event) { go_on(event.stream); }
  template <typename Other>
  void on(const Other&) {}  // nothing of the kind is asked for here

  void go_on(base::StreamId id);
  void go_on_all();
  Step serve_head(base::StreamId id, Sale& sale);
  Step serve_chunk(base::StreamId id, Sale& sale);
  bool is_admitted(base::StreamId id, Sale& sale, std::uint64_t index, base::Amount price);
  void give_up(base::StreamId id, std::uint64_t next, base::Amount required);
  bool waits_for_origin(base::StreamId id, Sale& sale, std::uint64_t bytes);
  channels::ChargeRecord charge(Sale& sale);
  void send_manifest(base::StreamId id, const Sale& sale, bool final, const channels::ChargeRecord& fee, bool redelivered);

  SimRelay& relay_;
  World& world_;
  Soon soon_;
  wire::RelaySession session_;
  std::optional<base::Address> payer_;
  std::map<base::StreamId, Sale> sales_;
};

}  // namespace ferry::simulation
