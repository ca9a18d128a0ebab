#pragma once
// EIP-712 typed data: domain separators, struct hashes and digests. Channels (x402 batch-settlement), quotes and manifests are all signed
// this way, so any wallet or contract can check them. Source: EIP-712; TIP-712 for TRON (addresses without the 0x41 prefix).

#include <string_view>

#include "protocol/base/address.hpp"
#include "protocol/base/amount.hpp"
#include "protocol/base/bytes.hpp"

namespace ferry::base {

/// One contract on one chain; the pair that keeps signatures of one rail from being used on another.
struct Domain {
  std::uint64_t chain_id = 0;
  Address verifying_contract{};

  friend bool operator==(const Domain&, const Domain&) = default;
};

/// Domain {"x402 Batch Settlement", "1", chainId, verifyingContract}. Cache it: two Keccak blocks.
Hash256 domain_separator(const Domain& domain);

/// keccak256 of an EIP-712 type text such as "Voucher(bytes32 channelId,uint128 maxClaimableAmount)".
Hash256 type_hash(std::string_view encoded_type);

/// Collects the 32-byte words of hashStruct in the order of the type's members.
class StructHash {
 public:
  explicit StructHash(const Hash256& type);
  StructHash& word(ByteView bytes32);          ///< bytes32 or an already hashed dynamic member; aborts on another size
  StructHash& address(const Address& value);
  StructHash& number(std::uint64_t value);
  StructHash& amount(Amount value);            ///< uint128
  Hash256 finish() const;

 private:
  Bytes words_;
};

/// keccak256(0x1901 ‖ domain separator ‖ struct hash).
Digest typed_digest(const Hash256& domain_separator, const Hash256& struct_hash);

}  // namespace ferry::base
