#pragma once
// LedgerPair: a payer and a relay, each with its ledger and journal, several connections between them and a chain below, driven by random steps.
// What must hold is checked after every step; settle() brings a run to its end and compares the books.

#include <cstdint>
#include <vector>

#include "tests/unit/channels/pair/payer_side.hpp"
#include "tests/unit/channels/pair/relay_side.hpp"

namespace ferry::channels::test {

class LedgerPair {
 public:
  LedgerPair(std::uint64_t seed, Tally& tally);

  /// One random thing happens.
  void step();
  /// The payer comes back and finishes: everything wanted arrives, and what it signed, what the relay charged and what the chain paid agree.
  void settle();
  /// The payer never comes back: the relay claims what it can.
  void abandon();

 private:
  static constexpr std::size_t kLinks = 3;


  std::size_t random_link_number() { return static_cast<std::size_t>(choices_.below(kLinks)); }
  void travel_up(std::size_t link);
  void travel_down(std::size_t link);
  void lose(std::size_t link);
  void lose_all();
  void end_withdrawal();
  /// The payer leaves its channel by agreement, as honestly or not as chance has it.
  void close_by_agreement();
  base::Result<RefundRecord> ask_to_close(const ChannelConfig& config, const Pay& last);
  void new_channel();
  void rare_step();
  void check();
  /// Lets everything that is under way arrive, without losses.
  void calm();
  /// The payer names its channel anew and adopts what is lost for good.
  void resync();
  void compare_books();

  Choices choices_;
  Tally& tally_;
  FakeChain chain_;
  std::vector<Link> links_;
  base::Amount chunk_price_;
  RelaySide relay_;
  PayerSide payer_;
};

}  // namespace ferry::channels::test
