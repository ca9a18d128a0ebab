#pragma once
// EvmBackend: the channel contract on an EVM chain, BTTC before all, as a ChainBackend. Vouchers on it are worth real BTT.
//
// What is certain and what is not. The newest blocks of a chain can be taken back. Money counts once it is `confirmations` blocks deep, and
// all nodes that answer must say the same of the same block: where they differ ("chain_disagrees") nothing is believed. Dangers count at
// once, in the newest block of any node: a lower balance, a higher sum of claims, a withdrawal that is begun, a closed channel; and they count until
// their end is confirmed.

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "channels/chain/chain_backend.hpp"
#include "channels/chain/evm/channel_contract.hpp"
#include "channels/chain/evm/event_scan.hpp"
#include "channels/chain/evm/evm_url.hpp"
#include "channels/chain/evm/gas_policy.hpp"
#include "channels/chain/evm/legacy_transaction.hpp"
#include "channels/chain/evm/nodes.hpp"
#include "channels/chain/evm/nonce_book.hpp"

namespace ferry::chain::evm {

struct EvmTerms {
  base::Duration wait{90'000};      ///< how long one submit() waits for confirmations
  base::Duration poll{1'000};       ///< between two looks
  base::Duration heads_age{1'000};  ///< how long the newest blocks that were read serve further questions
  base::Duration passed_over{30'000};
  std::uint64_t max_spread = 100;   ///< blocks between two nodes' newest ones; more is an error: one of them stands still or lies
  /// Must not go backward.
  std::function<base::Time()> clock;
  std::function<void(base::Duration)> pause;
};

/// Clock and pause of the machine.
EvmTerms real_terms();

/// Errors of questions: failed, with those of Nodes, ChannelContract and Node; environment "chain_behind" (two nodes' newest blocks are too far
/// apart). Threads: any; prepare() of one account from several is safe.
class EvmBackend final : public ChainBackend {
 public:
  /// One transport for each of url.nodes, in their order. Asks nothing yet. Lifetime: what the transports refer to outlives this.
  EvmBackend(const EvmUrl& url, std::vector<JsonRpcTransport> transports, EvmTerms terms);

  Outcome<ChainInfo> info() override;
  Outcome<base::Amount> balance_of(const base::Address& account) override;
  Outcome<std::optional<base::Amount>> fee_balance_of(const base::Address& account) override;
  Outcome<base::Amount> expected_fee(const Action& action) override;
  Outcome<channels::ChainChannel> read_channel(const base::ChannelId& channel) override;
  Outcome<std::uint64_t> refund_nonce(const base::ChannelId& channel) override;
  Outcome<base::Amount> unsettled(const base::Address& receiver, const base::Address& token) override;

  /// Further errors, all before anything is signed: the contract's codes (it would refuse the action now), refusals "no_fee_money",
  /// "insufficient_funds", "gas_limit_high", "claim_too_many_rows"; environment "gas_price_high".
  Outcome<RawTransaction> prepare(const Action& action, const base::SecretKey& from) override;
  /// The `approve` before a token's deposit.
  bool is_step(const RawTransaction& transaction) const override;
  void abandon(const RawTransaction& transaction) override;
  /// Waits until the transaction is confirmed, at most EvmTerms::wait. ok: it was executed, with or without success. failed: its nonce was used
  /// by another, confirmed one (refusal "nonce_used"); every node that answered says that no chain takes it (refusal "transaction_invalid"); it
  /// is for another chain (refusal "transaction_of_another_ledger"). Everything else is unknown, and may be submitted again: environment
  /// "transaction_waits", "transaction_underpriced" (outbid it), "no_fee_money", and those of questions.
  /// A node that has forgotten old receipts makes "nonce_used" of what was executed months ago: read the channel to see.
  Outcome<Receipt> submit(const RawTransaction& transaction) override;
  /// Further errors: refusals "no_fee_money", "outbid_other_key", "transaction_of_another_ledger"; environment "gas_price_high" (at the cap:
  /// it can only wait); peer_fault "rlp".
  Outcome<RawTransaction> outbid(const RawTransaction& waiting, const base::SecretKey& from) override;
  /// Only once it is confirmed.
  Outcome<std::optional<Receipt>> receipt(const TransactionId& id) override;
  /// Further errors: environment "events_behind": more blocks than one call passes over were still to be looked through; the next call goes on.
  Outcome<std::vector<ChainEvent>> events(const base::Address& receiver, std::uint64_t after, std::uint32_t limit) override;

  Outcome<std::optional<ChainPlace>> certain_place() override;
  /// Further errors: environment "chain_behind": the nodes do not have the place's block yet, and may be about to.
  Outcome<bool> has_place(const ChainPlace& place) override;
  Outcome<FoundChannels> channels_of(const base::Address& payer, std::uint64_t from) override;

 private:
  struct Seen {  ///< what is known of a transaction
    std::optional<Receipt> confirmed;
    bool somewhere = false;  ///< executed in a block that is not confirmed yet
  };
  using Identity = ChannelContract::Identity;

  base::Result<Identity> identity();
  base::Result<GasTerms> gas_terms();
  base::Result<Block> confirmed_block();
  base::Result<std::optional<ChainPlace>> place_now();
  base::Result<bool> still_has(const ChainPlace& place);
  base::Result<base::Amount> native_balance(const base::Address& account);
  base::Result<base::Amount> token_balance(const base::Address& account, const Deployment& at);
  base::Result<channels::ChainChannel> channel_state(const base::ChannelId& channel);
  base::Result<std::uint64_t> refund_nonce_now(const base::ChannelId& channel);
  base::Result<base::Amount> unsettled_now(const base::Address& receiver, const base::Address& token);
  base::Result<ChainInfo> info_now();

  base::Result<Call> next_call(const Action& action, const base::Address& from, const Deployment& at);
  base::Result<LegacyTransaction> fill_in(const Call& call, const base::Address& from, const Identity& identity);
  base::Result<base::Amount> told_gas_price();
  base::Result<std::uint64_t> next_nonce(const base::Address& from);
  base::Result<RawTransaction> prepare_now(const Action& action, const base::SecretKey& from);
  base::Result<RawTransaction> outbid_now(const RawTransaction& waiting, const base::SecretKey& from);

  base::Result<Seen> look_for(const TransactionId& id);
  base::Result<Receipt> complete(const TransactionId& id, const NodeReceipt& receipt);
  std::string why_refused(const NodeTransaction& transaction, const NodeReceipt& receipt);
  /// nullopt: not known yet.
  base::Result<std::optional<Outcome<Receipt>>> fate_of(const TransactionId& id, const SignedLegacy& sent);
  /// An error when waiting is of no use now.
  std::optional<Outcome<Receipt>> broadcast(const RawTransaction& transaction);
  Outcome<Receipt> wait_for(const RawTransaction& transaction, const SignedLegacy& sent);

  const EvmUrl url_;
  const EvmTerms terms_;
  ChannelContract contract_;
  Nodes nodes_;
  NonceBook nonces_;
  EventScan scan_;
  LogRanges search_;

  std::mutex mutex_;
  std::optional<Block> confirmed_;  // under mutex_
  base::Time confirmed_at_;         // under mutex_: when it was read
  std::uint64_t read_up_to_ = 0;    // under mutex_: the highest that confirmed_ ever was
};

}  // namespace ferry::chain::evm
