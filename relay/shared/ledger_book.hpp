#pragma once
// LedgerBook: the relay's RelayLedger, shared by all workers and divided by payer, so that workers who serve different payers do not wait for
// each other. Keeps the order "journal first, effect second" (docs/payments.md S1, S2) and wakes the streams that wait for a payer's voucher, on
// whichever worker they live.
// Threads: every member function may be called from any thread; callbacks run on the journal's thread and must only post.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "channels/relay_ledger.hpp"
#include "relay/shared/journal_writer.hpp"

namespace ferry::relay {

/// Sums for metrics and the operator's pages. Each payer's are of one moment.
struct LedgerTotals {
  std::uint64_t channels = 0;
  base::Amount charged, promised, claimed, claimable, owed;
  base::Amount lost;  ///< charged and promised, and emptied by the payer before it was claimed
};

class LedgerBook {
 public:
  struct Charged {
    base::Amount amount;
    base::Amount after;  ///< the channel's sum with it
  };
  using ChannelResult = base::Result<channels::RelayChannel>;

  /// `max_channels`: how many are taken over all payers, those included whose opening is not durable yet.
  LedgerBook(channels::RelayLedger ledger, base::Hash256 domain_separator, JournalWriter& journal,
             std::size_t max_channels = channels::RelayLedger::kMaxChannels);

  /// A client named its channel and the chain was read. `done` gets the channel once that is durable.
  void open(const channels::ChannelConfig& config, const channels::ChainChannel& chain, base::Amount confirmed,
            std::function<void(ChannelResult)> done);
  // Below, `payer` is that of the channel's configuration: it says where to look. With another one the channel is not known.

  /// New chain facts for a known channel.
  void sync(const base::Address& payer, const base::ChannelId& channel, const channels::ChainChannel& chain, std::function<void(base::Result<void>)> done);

  /// Checks a voucher (the signature outside the lock), makes it durable, then extends credit and wakes who waits. `done` gets the ceiling that
  /// now stands, or why the voucher was refused; a refused one changes nothing.
  void take_voucher(const base::Address& payer, const channels::Voucher& voucher, base::Amount confirmed,
                    std::function<void(base::Result<base::Amount>)> done);

  /// The client closes its channel; see RelayLedger::close(). `done` gets the refund once it may be signed: its record is durable.
  void close(const base::Address& payer, const base::ChannelId& channel, const channels::ChainChannel& chain, std::uint64_t nonce,
             std::function<void(base::Result<channels::RefundRecord>)> done);

  /// The client says what it has verified; see RelayLedger::confirm().
  void confirm(const base::Address& payer, const base::ChannelId& channel, base::Amount confirmed);
  base::Result<std::variant<channels::Reservation, channels::NeedVoucher>> reserve(const base::Address& payer, const base::ChannelId& channel,
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

  /// S4: what concerns the relay's own transactions: prepared, outbid, or the account after their fate (TransactionRecord, AlternativeRecord,
  /// AccountRecord); S5: how far the chain was followed (PlaceRecord). Durable when it returns. Threads: one, neither a worker nor the journal's.
  base::Result<void> note(const channels::Record& record);
  /// Prepared and of unknown fate.
  std::vector<channels::OwnTransaction> prepared_transactions() const;
  channels::AccountRecord account() const;

  std::optional<channels::RelayChannel> find(const base::Address& payer, const base::ChannelId& channel) const;
  /// Where nobody knows the payer, for example for an event of the chain. Looks everywhere: not for every chunk.
  std::optional<channels::RelayChannel> find(const base::ChannelId& channel) const;
  std::uint32_t credit_chunks(const base::Address& payer, base::Amount chunk_price) const;
  std::vector<channels::ClaimRow> claimable() const;
  /// Shows every channel, a part of them at a time under its lock: quick, and without the book.
  void each_channel(const std::function<void(const base::ChannelId&, const channels::RelayChannel&)>& look) const;
  /// How far the chain had been followed, and what to read again then: RelayLedger::place(), to_read_again().
  std::optional<channels::PlaceRecord> place() const;
  std::vector<base::ChannelId> to_read_again() const;
  /// All channels, closed ones too until the next start.
  std::vector<std::pair<base::ChannelId, channels::RelayChannel>> channels() const;
  LedgerTotals totals() const;
  JournalWriter& journal() { return journal_; }

 private:
  /// Many more than workers, so that two seldom meet in one; few enough to ask all of them for a sum. A power of two.
  static constexpr std::size_t kParts = 64;
  using Waiters = std::map<std::uint64_t, std::function<void()>>;  // by number, so the longest waiter is woken first

  /// All that concerns the payers whose addresses end alike. On cache lines of its own: neighbours are used by other cores.
  struct alignas(64) Part {
    explicit Part(channels::RelayLedger own) : ledger(std::move(own)) {}
    void wake_payer(const base::Address& payer);  ///< under the lock
    std::optional<channels::RelayChannel> find(const base::ChannelId& channel) const;

    mutable std::mutex mutex;  ///< of all that follows
    channels::RelayLedger ledger;
    std::unordered_map<base::Address, Waiters, base::AddressHasher> waiters;
    std::uint64_t last_waiter = 0;
    std::unordered_map<base::Address, std::uint32_t, base::AddressHasher> sessions;
  };
  static std::size_t part_number(const base::Address& payer) { return payer.data.back() % kParts; }
  Part& part_of(const base::Address& payer) { return parts_[part_number(payer)]; }
  const Part& part_of(const base::Address& payer) const { return parts_[part_number(payer)]; }
  bool take_place();

  const base::Hash256 domain_separator_;
  JournalWriter& journal_;
  const std::size_t max_channels_;
  std::atomic<std::size_t> places_taken_;  ///< channels that are known, and those whose opening is under way
  std::deque<Part> parts_;                 ///< kParts, in place for good; the first keeps the relay's own transactions
};

}  // namespace ferry::relay
