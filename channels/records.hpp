#pragma once
// Records: what the two ledgers write into their journals, and the only form in which their state survives a crash. Each is packed as a
// MessagePack array that begins with its type; unknown types are refused, never skipped.

#include <cstdint>
#include <string>
#include <variant>

#include "channels/channel_config.hpp"
#include "protocol/base/time.hpp"

namespace ferry::channels {

inline constexpr std::size_t kMaxRelayTextBytes = 256;
inline constexpr std::size_t kMaxRawTransactionBytes = 60 * 1024;  ///< a claim of 50 rows on an EVM chain takes 30 KiB

// --- relay ---
struct ChannelRecord {  ///< opened, or new chain facts
  base::ChannelId channel;
  ChannelConfig config;
  base::Amount balance, total_claimed, pending_withdraw;
  base::Time withdraw_at;
  bool closed = false;
};
struct VoucherRecord {
  base::ChannelId channel;
  base::Amount ceiling;
  base::Signature signature;
  base::Amount confirmed;
};
struct ChargeRecord {
  base::ChannelId channel;
  base::RequestHash request;
  std::uint64_t index = 0;
  base::Amount charge;
  base::Amount chunk_price;
  base::Amount charged_after;  ///< cumulative: lets replay check that nothing is missing
  base::Time at;
  base::Amount granted;  ///< the largest window that the payer was ever granted: lets replay check the bound of debt
};
struct CreditRecord {  ///< a payer's credit history (compaction, and when it starts anew)
  base::Address payer;
  std::uint32_t chunks = 0;
  std::uint64_t windows_paid = 0;
  base::Amount paid, toward_next;
  base::Amount granted;      ///< as in ChargeRecord
  base::Amount chunk_price;  ///< of the last charge
};
struct TransactionRecord {  ///< S4: made durable before broadcast; `state` 0 prepared, 1 done, 2 failed
  base::Hash256 id;
  base::Bytes raw;
  std::uint8_t state = 0;
};
struct ChargedRecord {  ///< snapshot only: the sums of all deliveries so far
  base::ChannelId channel;
  base::Amount charged, confirmed;
};
struct RecentRecord {  ///< snapshot only: a delivery, already in the sums, that may have to be made again
  base::ChannelId channel;
  base::RequestHash request;
  std::uint64_t index = 0;
  base::Amount charge;
  base::Amount charged_after;
  base::Time at;
};
struct AlternativeRecord {  ///< durable before it is broadcast: `raw` pays a higher fee for what TransactionRecord `first` does; one of them is executed
  base::Hash256 first;
  base::Hash256 id;
  base::Bytes raw;
};
/// The relay's account with the chain, all of it after something happened to it: sums need no order of adding up when they are replayed.
struct AccountRecord {
  base::Hash256 transaction;   ///< whose fate became known, with all its alternatives; zero if none did
  base::Amount fees;           ///< paid for the relay's own transactions, in the chain's coin
  base::Amount unsettled;      ///< claimed and not yet moved to the beneficiary, as last read
  base::Time settled_at;       ///< when the last settlement was seen to be done; zero: never
  std::uint64_t events_after = 0;  ///< always zero now: see PlaceRecord
  std::uint64_t transactions = 0, refused = 0;  ///< whose fate is known, and how many of them had no effect
  friend bool operator==(const AccountRecord&, const AccountRecord&) = default;
};
struct GoneRecord {  ///< snapshot only: sums of closed channels that are no longer in the books; several are added up
  base::Amount charged, promised, claimed;
  base::Amount lost;  ///< charged and promised, and never claimed
  friend bool operator==(const GoneRecord&, const GoneRecord&) = default;
};
/// How far the relay has followed the chain. What stands before the record that comes before this one was read no later than at this place.
struct PlaceRecord {
  std::uint64_t after = 0;  ///< events are known up to this sequence
  base::Hash256 mark;       ///< the chain's own name for its history up to there
  friend bool operator==(const PlaceRecord&, const PlaceRecord&) = default;
};
struct UnclaimedRecord {  ///< snapshot only: since when there is something to claim
  base::ChannelId channel;
  base::Time since;
};
struct RefundRecord {  ///< durable before the refund is signed: so much of the channel goes back to its payer, and nothing more is sold on it
  base::ChannelId channel;
  std::uint64_t nonce = 0;
  base::Amount amount;
};

// --- payer ---
struct PayerOpenRecord {  ///< C1: durable before the deposit is broadcast. The session key is in the key store, not here.
  std::string relay;      ///< reference "ferry://0x…@host:port" at opening time, for people
  ChannelConfig config;
  base::Amount deposit;
  base::Bytes raw_transaction;
};
struct PayerChainRecord {  ///< what the chain says; `closed` ends signing for this salt (C4)
  base::ChannelId channel;
  base::Amount balance, total_claimed;
  bool closed = false;
};
struct ReserveCeilingRecord {  ///< C2: durable before anything above the old value is signed
  base::ChannelId channel;
  base::Amount reserved_ceiling;
};
struct DeliveredRecord {  ///< C3: durable before the delivery counts as owed
  base::ChannelId channel;
  base::RequestHash request;
  std::uint64_t index = 0;
  base::Hash256 chunk_hash;
  base::Amount charge;
  base::Amount confirmed_after;
  base::Amount charged_after;  ///< the relay's sum with this charge, as it said
};
struct AdoptedRecord {  ///< paid although never received (lost with a connection), within the loss bound
  base::ChannelId channel;
  base::Amount amount;
  base::Amount confirmed_after;
};
/// A transaction of the payer's on a channel other than a deposit, before it is broadcast; or, with `raw` empty, the known fate of any.
struct PayerTransactionRecord {
  base::ChannelId channel;
  base::Hash256 transaction;
  base::Bytes raw;
  base::Amount fee;      ///< what it cost, once its fate is known; a snapshot has the sum of all
  bool failed = false;   ///< nothing will come of it: when it is the recorded deposit, that is forgotten
};
/// Durable before it is broadcast: `raw` pays a higher fee for what the payer's transaction `first` does; one of them is executed.
struct PayerAlternativeRecord {
  base::ChannelId channel;
  base::Hash256 first;
  base::Bytes raw;
};
struct SignedRecord {  ///< the highest ceiling signed; in a snapshot also the sums of all deliveries so far, else both are zero
  base::ChannelId channel;
  base::Amount ceiling;
  base::Amount confirmed, adopted;
};

using Record = std::variant<ChannelRecord, VoucherRecord, ChargeRecord, CreditRecord, TransactionRecord, ChargedRecord, RecentRecord,
                            AlternativeRecord, AccountRecord, UnclaimedRecord, GoneRecord, RefundRecord, PlaceRecord, PayerOpenRecord, PayerChainRecord,
                            ReserveCeilingRecord, DeliveredRecord, AdoptedRecord, SignedRecord, PayerTransactionRecord, PayerAlternativeRecord>;

/// Equal records give equal bytes. Precondition: texts and transactions keep the limits above.
base::Bytes pack(const Record& record);
/// Errors: peer_fault "pack_…" as PackReader gives them; "pack_value" for a type that is not known.
base::Result<Record> unpack_record(base::ByteView bytes);

}  // namespace ferry::channels
