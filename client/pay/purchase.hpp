#pragma once
// Purchase: the money side of one stream, the mirror of the relay's Sale: the quote, what has been asked for at its worst price, and what was
// charged. A request asks for chunks, a tunnel for bytes. Both budgets (the fetch's own and the client's) are reserved together before a window is opened, so a relay cannot charge what no
// budget allows. Pure.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/pay/budget.hpp"
#include "pricing/quote.hpp"
#include "protocol/wire/messages.hpp"

namespace ferry::client {

class Purchase {
 public:
  /// `shared` outlives this; `own` is kept alive, since what is being counted may end after its fetch.
  Purchase(std::shared_ptr<Budget> own, Budget& shared) : own_(std::move(own)), shared_(shared) {}
  ~Purchase() { close(); }
  Purchase(const Purchase&) = delete;
  Purchase& operator=(const Purchase&) = delete;

  /// Before the quote is known, when a limit stands for it. False when a budget does not even allow the fee.
  bool expect(const wire::PriceLimit& limit);
  bool expect(const wire::TunnelLimit& limit);
  /// The quote binds: what is reserved is counted by its prices from now on. False when a budget does not allow it; then close().
  bool agree(const pricing::Quote& quote);
  bool agree_witness(const pricing::Quote& quote);
  bool agree_tunnel(const pricing::Quote& quote);
  const std::optional<pricing::Quote>& quote() const { return quote_; }

  /// Reserves `bytes` of body, at most one chunk, after all that is granted. False when a budget does not allow it: nothing changes.
  /// Precondition: expect() or agree() was true.
  bool grant(std::uint64_t bytes);
  /// Chunks granted and not yet settled.
  std::size_t granted() const { return granted_.size(); }

  /// Reserves `bytes` that a tunnel may carry, either way, after all that is granted. Otherwise as grant().
  bool grant_bytes(std::uint64_t bytes);
  /// Of these, `bytes` were metered, and `charged` is owed for them.
  void settle_bytes(std::uint64_t bytes, base::Amount charged);

  /// Takes back the last `count` grants, at most as many as there are; gives their bytes.
  std::vector<std::uint64_t> take_back(std::size_t count);

  /// The request fee is owed.
  void settle_fee(base::Amount charged);
  /// The oldest granted chunk is owed.
  void settle_chunk(base::Amount charged);
  /// A loss of this relay was adopted while this purchase ran.
  void adopt(base::Amount lost);
  /// Nothing more will come: gives all reservations back.
  void close();

  /// What may still be charged without anything more being granted.
  base::Amount reserved() const { return reserved_; }
  base::Amount charged() const { return charged_; }
  /// A whole chunk at the dearer price; zero while no price is known.
  base::Amount chunk_price() const;
  base::Amount fee() const { return fee_; }
  /// Of the budget that has no room for a whole chunk, or, when all have, of the fetch's own. "today's", "the"
  const std::string& reached_budget() const;

 private:
  bool expect(base::Amount per_mib, base::Amount fee);
  bool agree(const pricing::Quote& quote, base::Amount per_mib);
  base::Amount price_of(std::uint64_t bytes) const;
  base::Amount price_of_carried(std::uint64_t bytes) const;
  bool reserve(base::Amount amount);
  void release(base::Amount amount);
  void settle(base::Amount reserved, base::Amount charged);

  std::shared_ptr<Budget> own_;
  Budget& shared_;
  std::optional<pricing::Quote> quote_;
  base::Amount per_mib_;  ///< the dearer price
  base::Amount fee_;
  bool fee_settled_ = false;
  std::deque<std::uint64_t> granted_;  ///< bytes of each chunk
  std::uint64_t carried_ = 0;  ///< bytes that a tunnel may carry, or has, and that are not metered
  base::Amount reserved_;
  base::Amount charged_;
};

}  // namespace ferry::client
