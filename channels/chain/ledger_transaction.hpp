#pragma once
// LedgerTransaction: what an account signs to act on an embedded ledger, and its one form in bytes. Clients and relays sign it, the ledger
// reads it back; whether the contract allows the action is decided in contract_rules. Pure.

#include <cstdint>

#include "channels/chain/chain_backend.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/base/key.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/typed_data.hpp"

namespace ferry::chain {

/// As many as one claim takes on an EVM chain without coming near a block's gas limit.
inline constexpr std::uint32_t kMaxClaimRows = 50;
/// The largest action, a claim of kMaxClaimRows rows with its batch signature, takes about 12.6 KB.
inline constexpr std::size_t kMaxTransactionBytes = 16 * 1024;
/// The first nonce of every account.
inline constexpr std::uint64_t kFirstNonce = 0;

struct LedgerTransaction {
  base::Domain domain;  ///< which ledger: no other one takes it
  base::Address from;   ///< who signs
  std::uint64_t nonce = kFirstNonce;  ///< how many transactions of `from` the ledger has executed before
  Action action;
};

/// The id of a transaction is the Keccak-256 of its bytes.
TransactionId transaction_id(base::ByteView bytes);

/// Signs with `from`, whose address takes the place of transaction.from. Refusal "claim_too_many_rows".
/// Source: docs/ledger.md, "A transaction".
base::Result<RawTransaction> sign_transaction(const LedgerTransaction& transaction, const base::SecretKey& from);

/// Reads what sign_transaction() made and nothing else: equal meaning in other bytes is refused, so that nobody but the signer can give a
/// transaction a second id. The signature is checked against `from`.
/// Errors: peer_fault "transaction_too_long", "transaction_version", "transaction_not_canonical" and those of PackReader; refusal "transaction_of_another_ledger" and those of check_signature().
base::Result<LedgerTransaction> read_transaction(base::ByteView bytes, const base::Domain& ledger);

}  // namespace ferry::chain
