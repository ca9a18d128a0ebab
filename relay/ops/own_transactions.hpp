#pragma once
// OwnTransactions: sends the relay's transactions so that a crash at any moment leaves neither a lost nor a doubled one: made durable before
// they are sent, sent again with the same bytes while their fate is unknown, forgotten only once it is known and has been taken over.
// Source: docs/payments.md, S4. Threads: one.

#include <functional>
#include <vector>

#include "channels/chain/chain_backend.hpp"
#include "protocol/base/key.hpp"
#include "relay/shared/ledger_book.hpp"

namespace ferry::relay {

class OwnTransactions {
 public:
  enum class Fate { done, refused, unknown };
  /// Brings the book up to date with what a transaction did; while this fails the transaction's fate stays unknown.
  using TakeOver = std::function<base::Result<void>()>;

  OwnTransactions(LedgerBook& book, chain::ChainBackend& backend, const base::SecretKey& identity)
      : book_(book), backend_(backend), identity_(identity) {}

  /// Prepares and sends. `take_over` runs after it was executed or refused. Errors: nothing was sent (environment, those of the ledger or
  /// the journal). Precondition: pending() is zero: a later one must not overtake.
  base::Result<Fate> send(const chain::Action& action, const TakeOver& take_over);

  /// Sends again what is pending. unknown: something still is.
  base::Result<Fate> finish(const TakeOver& take_over);

  std::size_t pending() const { return book_.prepared_transactions().size(); }

 private:
  base::Result<Fate> submit(const chain::RawTransaction& transaction, const TakeOver& take_over);
  Fate ask(const chain::RawTransaction& transaction);

  LedgerBook& book_;
  chain::ChainBackend& backend_;
  const base::SecretKey& identity_;
};

}  // namespace ferry::relay
