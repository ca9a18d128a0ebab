#pragma once
// LedgerBook: the relay's one RelayLedger, shared by all workers. Keeps the order "journal first, effect second" (docs/payments.md S1, S2) and
// wakes the streams that wait for a payer's voucher, on whichever worker they live.
// Threads: every member function may be called from any thread; callbacks run on the journal's thread and must only post.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <variant>
#include <vector>

#include "channels/relay_ledger.hpp"
#include "relay/shared/journal_writer.hpp"

namespace ferry::relay {

/// Sums for metrics and the operator's pages, read in one lock.
struct LedgerTotals {
  std::uint64_t channels = 0;
  base::Amount charged, promised, claimed, claimable, owed;
};

class LedgerBook {
 public:
  struct Charged {
    base::Amount amount;
    base::Amount after;  ///< the channel's sum with it
  };
  using ChannelResult = base::Result<channels::RelayChannel>;

  LedgerBook(channels::RelayLedger ledger, base::Hash256 domain_separator, JournalWriter& journal);

  /// A client named its channel and the chain was read. `done` gets the channel once that is durable.
  void open(const channels::ChannelConfig& config, const channels::ChainChannel& chain, base::Amount confirmed,
            std::function<void(ChannelResult)> done);
  /// New chain facts for a known channel.
  void sync(const base::ChannelId& channel, const channels::ChainChannel& chain, std::function<void(base::Result<void>)> done);

  /// Checks a voucher (the signature outside the lock), makes it durable, then extends credit and wakes who waits. `done` gets the ceiling that
  /// now stands, or why the voucher was refused; a refused one changes nothing.
  void take_voucher(const channels::Voucher& voucher, base::Amount confirmed, std::function<void(base::Result<base::Amount>)> done);

  /// The client says what it has verified; see RelayLedger::confirm().
  void confirm(const base::ChannelId& channel, base::Amount confirmed);
  base::Result<std::variant<channels::Reservation, channels::NeedVoucher>> reserve(const base::ChannelId& channel,
                                                                                    const channels::DeliveryKey& key, base::Amount price,
                                                                                    base::Amount chunk_price, base::Time now);
  /// Books the delivery; `done` when it is durable (at once for a redelivery). Gives what is charged.
  Charged charge(const channels::Reservation& reservation, base::Amount final_price, base::Time now, JournalWriter::Done done);
  void release(const channels::Reservation& reservation);

  /// `wake` is called once when a voucher of this payer has taken effect, or credit has come free. Give the number back to forget() when the
  /// waiter leaves earlier.
  std::uint64_t wait_for_credit(const base::Address& payer, std::function<void()> wake);
  void forget(const base::Address& payer, std::uint64_t waiter);

  /// Sessions of a payer; when its last one ends and it owes, its credit starts anew.
  void payer_came(const base::Address& payer);
  void payer_left(const base::Address& payer);

  /// S4: a transaction of this relay's own was prepared, or its fate is known. Durable when it returns. Threads: any but workers and the
  /// journal's.
  base::Result<void> note_transaction(const channels::TransactionRecord& record);
  /// Prepared and of unknown fate.
  std::vector<channels::TransactionRecord> prepared_transactions() const;

  std::optional<channels::RelayChannel> find(const base::ChannelId& channel) const;
  std::uint32_t credit_chunks(const base::Address& payer, base::Amount chunk_price) const;
  std::vector<channels::ClaimRow> claimable() const;
  /// The configurations of all channels that are not closed.
  std::vector<std::pair<base::ChannelId, channels::RelayChannel>> channels() const;
  LedgerTotals totals() const;
  JournalWriter& journal() { return journal_; }

 private:
  void wake_payer(const base::Address& payer);

  mutable std::mutex mutex_;
  channels::RelayLedger ledger_;
  const base::Hash256 domain_separator_;
  JournalWriter& journal_;
  using Waiters = std::map<std::uint64_t, std::function<void()>>;  // by number, so the longest waiter is woken first
  std::unordered_map<base::Address, Waiters, base::AddressHasher> waiters_;
  std::uint64_t last_waiter_ = 0;
  std::unordered_map<base::Address, std::uint32_t, base::AddressHasher> sessions_;
};

}  // namespace ferry::relay
