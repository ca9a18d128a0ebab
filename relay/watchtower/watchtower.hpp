#pragma once
// Watchtower: keeps the latest claim of each channel for relays that trust it to be there, follows withdrawals on the chain, and claims for who
// does not do so itself, with a key and fee money of its own. Whatever it does, it can only pay a relay what a payer promised.
// Threads: take() and status() from any; tick() from one.

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "channels/chain/chain_backend.hpp"
#include "relay/ops/own_transactions.hpp"
#include "relay/shared/journal_writer.hpp"
#include "relay/watchtower/watch_row.hpp"

namespace ferry::relay {

struct WatchtowerTerms {
  base::Hash256 domain_separator;
  base::Address token;
  std::set<base::Address> relays;         ///< whose rows are taken: receiverAuthorizers
  std::size_t max_channels = 65'536;
  chain::Fees fees = chain::Fees::none;
  base::Amount coin_price = base::Amount::btt(1);
  base::Duration outbid_after{std::chrono::minutes(5)};
};

struct WatchtowerStatus {
  std::uint64_t channels = 0, rows_taken = 0, claims = 0, claims_refused = 0;
  base::Amount claimed;      ///< for relays, by this process
  base::Amount fees;         ///< paid so far
  base::Time last_seen;      ///< when the chain was last read; zero: not yet
  std::size_t pending = 0;
  std::string trouble;
};

/// The latest row of each channel. Those of channels that are closed are left out by who rewrites them.
using WatchRows = std::unordered_map<base::ChannelId, WatchRow, base::Bytes32Hasher>;

/// What the file of rows holds.
struct WatchMemory {
  WatchRows rows;
  std::optional<channels::PlaceRecord> place;  ///< withdrawals are known up to there …
  std::set<base::ChannelId> unseen;            ///< … but those from channels whose rows came too late for it
};

class Watchtower {
 public:
  /// `memory` was read back from the file that `journal` writes; `account` keeps the tower's own transactions. Lifetime: all outlive this.
  Watchtower(WatchMemory memory, JournalWriter& journal, LedgerBook& account, chain::ChainBackend& backend, const base::SecretKey& key, WatchtowerTerms terms);

  /// The body of a request: pack_watch_rows(). Durable when it returns; blocks. A row that promises no more than the one that is kept changes
  /// nothing. Errors: those of unpack_watch_rows() and check_watch_row(); refusals "watch_relay_unknown", "watch_token", "watch_full";
  /// environment of the journal.
  base::Result<void> take(base::ByteView body);

  /// Looks for withdrawals and claims. Errors: environment, of the chain or the journal; status() keeps the last.
  base::Result<void> tick(base::Time now);

  WatchtowerStatus status() const;

 private:
  base::Result<void> step(base::Time now);
  /// Whether the chain's history is still that of place_. If it is not, every channel is looked at, and events count from `here`.
  base::Result<void> check_history(const std::optional<chain::ChainPlace>& here);
  base::Result<void> follow(const base::Address& receiver);
  base::Result<void> note_place(const std::optional<chain::ChainPlace>& here, bool looked, base::Time now);
  base::Result<void> look_at(const base::ChannelId& channel, base::Time now);
  base::Result<void> claim(const base::ChannelId& channel, const WatchRow& row, base::Amount brings, base::Time now);
  base::Result<void> check(const WatchRow& row) const;
  base::Result<void> keep(const std::vector<WatchRow>& rows);
  std::optional<WatchRow> find(const base::ChannelId& channel) const;

  JournalWriter& journal_;
  LedgerBook& account_;
  chain::ChainBackend& backend_;
  const WatchtowerTerms terms_;
  OwnTransactions transactions_;
  std::map<base::Address, std::uint64_t> followed_;  ///< receivers: events known up to this sequence
  std::optional<channels::PlaceRecord> place_;       ///< as in the file
  base::Time noted_at_;

  mutable std::mutex mutex_;
  WatchRows rows_;                          // under mutex_
  std::set<base::ChannelId> to_look_at_;    // under mutex_
  std::size_t being_taken_ = 0;             // under mutex_: requests whose rows may be in the file and not here
  WatchtowerStatus status_;                 // under mutex_
};

}  // namespace ferry::relay
