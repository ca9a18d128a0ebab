#pragma once
// Link: one simulated connection between payer and relay, with the messages that travel on it. Losing it loses them.

#include <deque>
#include <variant>

#include "channels/payer_ledger.hpp"
#include "channels/relay_ledger.hpp"

namespace ferry::channels::test {

// To the relay.
struct NameChannel {
  ChannelConfig config;
  base::Amount confirmed;
};
struct AskChunk {
  base::ChannelId channel;
  DeliveryKey key;
};
struct Pay {
  Voucher voucher;
  base::Amount confirmed;
};
using ToRelay = std::variant<NameChannel, AskChunk, Pay>;

// To the payer.
struct ChannelView {
  base::ChannelId channel;
  RelayView view;
};
struct Chunk {
  base::ChannelId channel;
  DeliveryKey key;
  base::Amount charge;
  base::Amount charged_after;
  bool redelivered;
};
struct NotYet {  ///< NeedVoucher, or the origin failed: ask again
  DeliveryKey key;
};
struct ChannelRefused {};
using ToPayer = std::variant<ChannelView, Chunk, NotYet, ChannelRefused>;

struct Link {
  bool up = false;
  bool ready = false;  ///< the payer has seen the relay's view
  int life = 0;        ///< which connection this is; what belongs to an earlier one is dropped
  std::deque<ToRelay> to_relay;
  std::deque<ToPayer> to_payer;

  void lose() {
    up = ready = false;
    ++life;
    to_relay.clear();
    to_payer.clear();
  }
};

}  // namespace ferry::channels::test
