#pragma once
// PayerSide: a simulated client around a PayerLedger. It wants a row of chunks, pays for what it verified and a little ahead, and can crash at
// any moment; what it has is what it recorded.

#include <deque>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "tests/unit/channels/pair/choices.hpp"
#include "tests/unit/channels/pair/durable_log.hpp"
#include "tests/unit/channels/pair/fake_chain.hpp"
#include "tests/unit/channels/pair/link.hpp"
#include "tests/unit/channels/pair/tally.hpp"

namespace ferry::channels::test {

class PayerSide {
 public:
  PayerSide(Choices& choices, FakeChain& chain, std::vector<Link>& links, Tally& tally, base::Amount ahead,
            base::Amount reserve_step);

  /// Opens a channel with a new salt and `deposit` in it.
  void open_channel(base::Amount deposit);
  void connect(std::size_t link);
  void handle(std::size_t link, const ToPayer& message);
  /// Wants one more chunk.
  void want();
  /// Asks for one of the wanted chunks.
  void ask(std::size_t link);
  /// Signs up to what is confirmed and a little ahead, if that is more than before.
  void pay(std::size_t link, base::Amount ahead);
  void commit() { log_.commit(); }
  void link_lost(std::size_t link);
  void restart();
  void top_up(base::Amount amount);
  /// Takes money out: all of it (which ends the channel) or a part.
  void withdraw(bool everything);
  void withdrawal_ended();
  /// Closes its side: the last voucher, which may have been signed before; nothing is signed after it.
  Pay last_words();
  /// The relay gives `refund` back; what it keeps beyond what arrived is adopted.
  void leave(base::Amount refund, const RelayView& view);
  /// Adopts what `relay_charged` says beyond what arrived; the bound is what a lost connection explains.
  void adopt(base::Amount relay_charged, base::Amount largest_window);

  const PayerLedger& ledger() const { return ledger_; }
  const PayerChannel& channel() const { return *ledger_.find(current_); }
  base::ChannelId current() const { return current_; }
  bool is_withdrawing() const { return withdrawing_; }
  bool wants_more() const { return !wanted_.empty() || !in_flight_.empty(); }
  bool is_idle() const { return in_flight_.empty() && log_.waiting() == 0; }
  base::Amount ahead() const { return ahead_; }
  void set_ahead(base::Amount ahead) { ahead_ = ahead; }
  std::size_t received() const { return have_.size(); }
  base::Amount highest_signed(const base::ChannelId& channel) { return highest_signed_[channel]; }
  void check();

 private:
  struct InFlight {
    std::uint64_t index;
    std::size_t link;
  };

  void on(std::size_t link, const ChannelView& message);
  void on(std::size_t link, const Chunk& message);
  void on(std::size_t link, const NotYet& message);
  void on(std::size_t link, const ChannelRefused& message);
  void lose_bytes();
  void durable_now(const Record& record);
  void read_chain();
  void sign(std::size_t link, int life, base::Amount ceiling);
  void forget_in_flight(std::uint64_t index);

  Choices& choices_;
  FakeChain& chain_;
  std::vector<Link>& links_;
  Tally& tally_;
  base::Amount ahead_;
  base::Amount reserve_step_;
  PayerLedger ledger_;
  DurableLog log_;
  std::uint8_t epoch_ = 0;
  base::ChannelId current_;
  bool withdrawing_ = false;
  std::uint64_t next_index_ = 0;
  std::deque<std::uint64_t> wanted_;
  std::vector<InFlight> in_flight_;
  std::set<std::uint64_t> have_;  ///< recorded durably, and the bytes are there
  using Charge = std::tuple<base::ChannelId, std::uint64_t, base::Amount>;  ///< channel, index, the relay's sum with it
  std::set<Charge> counted_;  ///< recorded durably, as a client knows from its journal
  std::unordered_map<base::ChannelId, base::Amount, base::Bytes32Hasher> highest_signed_;  ///< ever, crashes or not
};

}  // namespace ferry::channels::test
