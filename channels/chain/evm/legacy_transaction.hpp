#pragma once
// LegacyTransaction: the oldest kind of an Ethereum transaction, which every EVM chain takes (BTTC takes no other), bound to one chain. Signing,
// and reading what was signed. Pure. Source: the Ethereum yellow paper, EIP-155.

#include <cstdint>

#include "channels/chain/chain_backend.hpp"
#include "protocol/base/address.hpp"
#include "protocol/base/amount.hpp"
#include "protocol/base/key.hpp"

namespace ferry::chain::evm {

struct LegacyTransaction {
  std::uint64_t chain_id = 0;
  std::uint64_t nonce = 0;
  base::Amount gas_price;  ///< of one gas, in the chain's smallest native unit
  std::uint64_t gas_limit = 0;
  base::Address to;        ///< never a creation of a contract
  base::Amount value;      ///< native money that goes along
  base::Bytes data;

  friend bool operator==(const LegacyTransaction&, const LegacyTransaction&) = default;
};

/// The most that it can cost besides its value. nullopt: more than 128 bits.
std::optional<base::Amount> highest_fee(const LegacyTransaction& transaction);

/// The id is the Keccak-256 of the bytes. The signature is deterministic, so equal transactions have equal bytes.
RawTransaction sign_legacy(const LegacyTransaction& transaction, const base::SecretKey& from);

struct SignedLegacy {
  LegacyTransaction transaction;
  base::Address from;
};

/// Strict: what it accepts, sign_legacy() writes. Errors: peer_fault "rlp", "transaction_chain" (not bound to a chain); those of
/// base::Signature and base::recover.
base::Result<SignedLegacy> read_legacy(base::ByteView bytes);

}  // namespace ferry::chain::evm
