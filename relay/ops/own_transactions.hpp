#pragma once
// OwnTransactions: sends the relay's transactions so that a crash at any moment leaves neither a lost nor a doubled one: made durable before
// they are sent, sent again with the same bytes while their fate is unknown, forgotten only once it is known and has been taken over. One that
// waits too long is outbid; what outbids it is made durable beside it. Source: docs/payments.md, S4. Threads: one.

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "channels/chain/chain_backend.hpp"
#include "protocol/base/key.hpp"
#include "protocol/base/time.hpp"
#include "relay/shared/ledger_book.hpp"

namespace ferry::relay {

class OwnTransactions {
 public:
  enum class Fate { done, refused, unknown };
  struct Ended {
    Fate fate = Fate::unknown;
    std::string why;  ///< refused: the ledger's code; unknown: what it waits for
  };
  /// Brings book and account up to date with what a transaction did; the account is then made durable together with the transaction's fate.
  /// While this fails the fate stays unknown.
  using TakeOver = std::function<base::Result<void>(channels::AccountRecord& account)>;

  static constexpr std::size_t kMaxBids = 10;  ///< of one transaction; each costs a tenth more, or more than that

  OwnTransactions(LedgerBook& book, chain::ChainBackend& backend, const base::SecretKey& identity, base::Duration outbid_after)
      : book_(book), backend_(backend), identity_(identity), outbid_after_(outbid_after) {}

  /// Prepares and sends. `take_over` runs after it was executed or refused. refused without a transaction: the ledger said before anything was
  /// signed that it would. Errors: nothing was sent (environment, those of the ledger or the journal; refusal "no_fee_money").
  /// Precondition: pending() is zero: a later one must not overtake.
  base::Result<Ended> send(const chain::Action& action, const TakeOver& take_over, base::Time now);

  /// Sends again what is pending, for a higher fee what has waited for long. unknown: something still is.
  base::Result<Ended> finish(const TakeOver& take_over, base::Time now);

  std::size_t pending() const { return book_.prepared_transactions().size(); }

 private:
  struct Waiting {
    base::Time since;
    bool fee_too_low = false;
  };

  base::Result<Ended> submit(const channels::OwnTransaction& transaction, const TakeOver& take_over, base::Time now);
  base::Result<Ended> end(const channels::OwnTransaction& transaction, Ended ended, base::Amount fee, const TakeOver& take_over);
  /// Adds a bid when it is time for one.
  base::Result<void> outbid_if_due(channels::OwnTransaction& transaction, base::Time now);

  LedgerBook& book_;
  chain::ChainBackend& backend_;
  const base::SecretKey& identity_;
  const base::Duration outbid_after_;
  std::map<base::Hash256, Waiting> waiting_;  ///< by the first bid's id; what a restart forgets only waits a little longer
};

}  // namespace ferry::relay
