#include "channels/chain/evm/legacy_transaction.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "channels/chain/evm/rlp.hpp"
#include "channels/chain/ledger_transaction.hpp"
#include "protocol/base/hash.hpp"

namespace ferry::chain::evm {
namespace {

using base::Amount;
using base::ByteView;
using base::Result;

constexpr std::size_t kMembers = 9;
constexpr std::size_t kHalf = 32;               // of a signature
constexpr std::uint64_t kReplayProtected = 35;  // v = 35 + 2 * chain id + parity; EIP-155
constexpr std::uint8_t kElectrum = 27;          // v of a Signature is 27 or 28

RlpWriter write_body(const LegacyTransaction& transaction) {
  RlpWriter out;
  out.number(transaction.nonce).number(transaction.gas_price.units()).number(transaction.gas_limit);
  out.bytes(transaction.to.view()).number(transaction.value.units()).bytes(transaction.data);
  return out;
}

base::Digest digest_of(const LegacyTransaction& transaction) {
  const auto signed_text = write_body(transaction).number(transaction.chain_id).number(0).number(0).finish();
  return base::Digest{base::keccak256(signed_text).data};
}

base::Unexpected no_transaction(const char* what) { return base::fail(base::peer_fault("rlp", what)); }

Result<std::uint64_t> read_u64(ByteView item) {
  FERRY_TRY(const auto value, read_rlp_number(item));
  if (value > std::numeric_limits<std::uint64_t>::max()) return no_transaction("a number of the transaction has more than 64 bits");
  return static_cast<std::uint64_t>(value);
}

/// Fills one half of a signature from its number.
bool fill_half(ByteView item, base::MutableByteView half) {
  if (item.size() > kHalf || (!item.empty() && item.front() == 0)) return false;
  std::ranges::copy(item, half.last(item.size()).begin());
  return true;
}

}  // namespace

std::optional<Amount> highest_fee(const LegacyTransaction& transaction) { return transaction.gas_price.times(transaction.gas_limit); }

RawTransaction sign_legacy(const LegacyTransaction& transaction, const base::SecretKey& from) {
  const auto signature = from.sign(digest_of(transaction));
  const auto view = signature.view();
  const Amount::Raw v = Amount::Raw{transaction.chain_id} * 2 + kReplayProtected + (view[2 * kHalf] - kElectrum);
  RawTransaction raw;
  raw.bytes = write_body(transaction).number(v).wide_number(view.first(kHalf)).wide_number(view.subspan(kHalf, kHalf)).finish();
  raw.id = transaction_id(raw.bytes);
  return raw;
}

Result<SignedLegacy> read_legacy(ByteView bytes) {
  FERRY_TRY(const auto items, read_rlp_list(bytes, kMembers));
  if (items.size() != kMembers) return no_transaction("a transaction has nine members");
  SignedLegacy read;
  auto& transaction = read.transaction;
  FERRY_TRY(transaction.nonce, read_u64(items[0]));
  FERRY_TRY(const auto price, read_rlp_number(items[1]));
  transaction.gas_price = Amount::from_units(price);
  FERRY_TRY(transaction.gas_limit, read_u64(items[2]));
  const auto to = base::Address::from(items[3]);
  if (!to) return no_transaction("a transaction needs a receiver of 20 bytes");
  transaction.to = *to;
  FERRY_TRY(const auto value, read_rlp_number(items[4]));
  transaction.value = Amount::from_units(value);
  transaction.data.assign(items[5].begin(), items[5].end());

  FERRY_TRY(const auto v, read_rlp_number(items[6]));
  const auto chain = (v - kReplayProtected) / 2;
  if (v < kReplayProtected || chain > std::numeric_limits<std::uint64_t>::max()) {
    return base::fail(base::peer_fault("transaction_chain", "the transaction is not bound to a chain (EIP-155)"));
  }
  transaction.chain_id = static_cast<std::uint64_t>(chain);
  std::array<std::uint8_t, base::Signature::kSize> written{};
  const base::MutableByteView halves{written};
  if (!fill_half(items[7], halves.first(kHalf)) || !fill_half(items[8], halves.subspan(kHalf, kHalf))) {
    return no_transaction("the transaction's signature is not written as two numbers");
  }
  written.back() = static_cast<std::uint8_t>(kElectrum + (v - kReplayProtected) % 2);
  FERRY_TRY(const auto signature, base::Signature::from(written));
  FERRY_TRY(read.from, base::recover(digest_of(transaction), signature));
  return read;
}

}  // namespace ferry::chain::evm
