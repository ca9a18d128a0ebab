#pragma once
// RelaySide: a simulated relay around a RelayLedger: it keeps the order "journal first, effect second", fetches for a while, and can crash at
// any moment.

#include <optional>
#include <unordered_map>
#include <vector>

#include "tests/unit/channels/pair/choices.hpp"
#include "tests/unit/channels/pair/durable_log.hpp"
#include "tests/unit/channels/pair/fake_chain.hpp"
#include "tests/unit/channels/pair/link.hpp"
#include "tests/unit/channels/pair/tally.hpp"

namespace ferry::channels::test {

class RelaySide {
 public:
  RelaySide(Choices& choices, FakeChain& chain, std::vector<Link>& links, Tally& tally, CreditRules rules,
            base::Amount chunk_price);

  void handle(std::size_t link, const ToRelay& message);
  /// One delivery that is being fetched succeeds, or (not if `must_succeed`) fails.
  void finish_fetch(bool must_succeed);
  bool is_fetching() const { return !fetching_.empty(); }
  void commit() { log_.commit(); }
  bool is_idle() const { return fetching_.empty() && log_.waiting() == 0; }
  /// The connection is gone; `last`: it was the payer's last.
  void link_lost(std::size_t link, bool last);
  void restart();
  /// The payer closes a channel: what the relay signs for, or its refusal. With `crash` it dies before it answers.
  base::Result<RefundRecord> close(const ChannelConfig& config, const Pay& last, bool crash);
  /// Reads the chain, claims what is claimable, reads again.
  void watch();

  const RelayLedger& ledger() const { return ledger_; }
  base::Amount chunk_price() const { return chunk_price_; }
  void set_chunk_price(base::Amount price) { chunk_price_ = price; }
  base::Amount largest_window() const { return largest_window_; }
  void pass(base::Duration time) { now_ = now_ + time; }
  /// What must survive everything: sums that were durable when somebody was told.
  void check();

 private:
  struct Fetch {
    std::size_t link;
    int life;
    Reservation reservation;
  };
  struct Promise {
    base::Amount charged, ceiling;
  };

  void on(std::size_t link, const NameChannel& message);
  void on(std::size_t link, const AskChunk& message);
  void on(std::size_t link, const Pay& message);
  void sync_all();
  void send(std::size_t link, int life, ToPayer message);
  void reply_chunk(const Fetch& fetch, base::Amount charge, base::Amount charged_after);

  Choices& choices_;
  FakeChain& chain_;
  std::vector<Link>& links_;
  Tally& tally_;
  CreditRules rules_;
  base::Amount chunk_price_;
  base::Time now_ = kNow;
  RelayLedger ledger_;
  DurableLog log_;
  std::vector<Fetch> fetching_;
  std::unordered_map<base::ChannelId, Promise, base::Bytes32Hasher> promised_;
  base::Amount largest_window_;
};

}  // namespace ferry::channels::test
