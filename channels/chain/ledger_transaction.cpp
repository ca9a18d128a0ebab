#include "channels/chain/ledger_transaction.hpp"

#include <algorithm>
#include <utility>

#include "protocol/base/hash.hpp"
#include "protocol/base/pack.hpp"

namespace ferry::chain {
namespace {

using base::PackReader;
using base::PackWriter;

constexpr std::uint64_t kVersion = 1;
constexpr std::uint32_t kSignedFields = 7;
/// Keeps this signature apart from everything else that the same key signs.
constexpr std::string_view kPurpose = "Ferry embedded ledger transaction\n";

void write(PackWriter& out, const channels::ChannelConfig& config) { out.bytes(channels::pack(config)); }

void write(PackWriter& out, const channels::ClaimRow& row) {
  out.array(4);
  write(out, row.config);
  out.amount(row.ceiling).signature(row.voucher_signature).amount(row.total_claimed);
}

void write(PackWriter& out, const Deposit& deposit) {
  out.array(2);
  write(out, deposit.config);
  out.amount(deposit.amount);
}

void write(PackWriter& out, const Claim& claim) {
  out.array(2).array(static_cast<std::uint32_t>(claim.rows.size()));
  for (const auto& row : claim.rows) write(out, row);
  claim.batch_signature ? out.signature(*claim.batch_signature) : out.nil();
}

void write(PackWriter& out, const Settle& settle) { out.array(2).address(settle.receiver).address(settle.token); }

void write(PackWriter& out, const InitiateWithdraw& withdraw) {
  out.array(2);
  write(out, withdraw.config);
  out.amount(withdraw.amount);
}

void write(PackWriter& out, const FinalizeWithdraw& withdraw) {
  out.array(1);
  write(out, withdraw.config);
}

void write(PackWriter& out, const Refund& refund) {
  out.array(2);
  write(out, refund.config);
  out.amount(refund.amount);
}

void write(PackWriter& out, const RefundBySignature& refund) {
  out.array(4);
  write(out, refund.config);
  out.amount(refund.amount).number(refund.nonce).signature(refund.signature);
}

void write(PackWriter& out, const Transfer& transfer) { out.array(2).address(transfer.to).amount(transfer.amount); }

/// An action's number in the bytes: its place in Action, from 1. Alternatives may only ever be appended.
std::uint64_t number_of(const Action& action) { return action.index() + 1; }

void write_signed_fields(PackWriter& out, const LedgerTransaction& transaction) {
  out.number(kVersion).number(transaction.domain.chain_id).address(transaction.domain.verifying_contract);
  out.number(number_of(transaction.action)).address(transaction.from).number(transaction.nonce);
  std::visit([&](const auto& action) { write(out, action); }, transaction.action);
}

base::Digest digest_of(const LedgerTransaction& transaction) {
  PackWriter message;
  message.text(kPurpose).array(kSignedFields);
  write_signed_fields(message, transaction);
  return base::Digest{base::keccak256(message.view()).data};
}

base::Bytes encode(const LedgerTransaction& transaction, const base::Signature& signature) {
  PackWriter out;
  out.array(kSignedFields + 1);
  write_signed_fields(out, transaction);
  return out.signature(signature).take();
}

/// Any 65 bytes: what a signature must be is the business of whoever checks it.
base::Signature read_signature(PackReader& in) {
  const auto bytes = in.bytes(base::Signature::kSize);
  base::Signature signature;
  if (bytes.size() != signature.data.size()) {
    in.fail_value("a signature is 65 bytes");
  } else {
    std::copy(bytes.begin(), bytes.end(), signature.data.begin());
  }
  return signature;
}

channels::ChannelConfig read_config(PackReader& in) {
  auto config = channels::unpack_channel_config(in.bytes(channels::ChannelConfig::kPackedBytes));
  if (!config) in.fail_value(config.error().message);
  return config.value_or(channels::ChannelConfig{});
}

channels::ClaimRow read_row(PackReader& in) {
  in.array_of(4);
  channels::ClaimRow row;
  row.config = read_config(in);
  row.ceiling = in.amount();
  row.voucher_signature = read_signature(in);
  row.total_claimed = in.amount();
  return row;
}

Claim read_claim(PackReader& in) {
  in.array_of(2);
  Claim claim;
  const auto count = in.array(kMaxClaimRows);
  claim.rows.reserve(count);
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) claim.rows.push_back(read_row(in));
  if (!in.skip_nil()) claim.batch_signature = read_signature(in);
  return claim;
}

template <typename ConfigAndAmount>
Action read_config_and_amount(PackReader& in) {
  in.array_of(2);
  ConfigAndAmount action;
  action.config = read_config(in);
  action.amount = in.amount();
  return action;
}

Settle read_settle(PackReader& in) {
  in.array_of(2);
  Settle settle;
  settle.receiver = in.address();
  settle.token = in.address();
  return settle;
}

FinalizeWithdraw read_finalize(PackReader& in) {
  in.array_of(1);
  return FinalizeWithdraw{read_config(in)};
}

RefundBySignature read_signed_refund(PackReader& in) {
  in.array_of(4);
  RefundBySignature refund;
  refund.config = read_config(in);
  refund.amount = in.amount();
  refund.nonce = in.number();
  refund.signature = read_signature(in);
  return refund;
}

Transfer read_transfer(PackReader& in) {
  in.array_of(2);
  Transfer transfer;
  transfer.to = in.address();
  transfer.amount = in.amount();
  return transfer;
}

Action read_action(PackReader& in, std::uint64_t number) {
  switch (number) {
    case 1: return read_config_and_amount<Deposit>(in);
    case 2: return read_claim(in);
    case 3: return read_settle(in);
    case 4: return read_config_and_amount<InitiateWithdraw>(in);
    case 5: return read_finalize(in);
    case 6: return read_config_and_amount<Refund>(in);
    case 7: return read_transfer(in);
    case 8: return read_signed_refund(in);
    default: in.fail_value("the action " + std::to_string(number) + " is not known"); return Transfer{};
  }
}
static_assert(std::variant_size_v<Action> == 8, "a new action needs its number in read_action()");

struct Envelope {
  LedgerTransaction transaction;
  base::Signature signature;
};

base::Result<Envelope> decode(base::ByteView bytes) {
  PackReader in{bytes};
  in.array_of(kSignedFields + 1);
  if (const auto version = in.number(); in.ok() && version != kVersion) {
    return base::fail(base::peer_fault("transaction_version", "the transaction has version " + std::to_string(version) +
                                                                  ", this ledger reads version 1: update the older side"));
  }
  Envelope envelope;
  auto& transaction = envelope.transaction;
  transaction.domain.chain_id = in.number();
  transaction.domain.verifying_contract = in.address();
  const auto action = in.number();
  transaction.from = in.address();
  transaction.nonce = in.number();
  if (in.ok()) transaction.action = read_action(in, action);
  envelope.signature = read_signature(in);
  FERRY_CHECK(in.finish());
  return envelope;
}

}  // namespace

TransactionId transaction_id(base::ByteView bytes) { return base::keccak256(bytes); }

base::Result<RawTransaction> sign_transaction(const LedgerTransaction& transaction, const base::SecretKey& from) {
  const auto* claim = std::get_if<Claim>(&transaction.action);
  if (claim != nullptr && claim->rows.size() > kMaxClaimRows) {
    return base::fail(base::refusal("claim_too_many_rows", "one claim takes at most " + std::to_string(kMaxClaimRows) + " channels"));
  }
  LedgerTransaction mine = transaction;
  mine.from = from.address();
  RawTransaction raw;
  raw.bytes = encode(mine, from.sign(digest_of(mine)));
  raw.id = transaction_id(raw.bytes);
  return raw;
}

base::Result<LedgerTransaction> read_transaction(base::ByteView bytes, const base::Domain& ledger) {
  if (bytes.size() > kMaxTransactionBytes) {
    return base::fail(base::peer_fault("transaction_too_long", "a transaction has at most " + std::to_string(kMaxTransactionBytes) + " bytes"));
  }
  FERRY_TRY(auto envelope, decode(bytes));
  if (!std::ranges::equal(encode(envelope.transaction, envelope.signature), bytes)) {
    return base::fail(base::peer_fault("transaction_not_canonical", "the transaction is not in its one byte form"));
  }
  if (envelope.transaction.domain != ledger) {
    return base::fail(base::refusal("transaction_of_another_ledger",
                                    "the transaction is signed for another ledger: prepare it anew with this ledger's chain id and contract"));
  }
  FERRY_CHECK(base::check_signature(digest_of(envelope.transaction), envelope.signature, envelope.transaction.from));
  return std::move(envelope.transaction);
}

}  // namespace ferry::chain
