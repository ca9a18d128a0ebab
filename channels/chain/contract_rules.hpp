#pragma once
// The channel contract of the embedded ledger: what each action may do with the money. A pure function of storage, action, sender and time;
// the same rules as the Solidity contract's, so that a client or relay cannot tell the two apart.
//
// Conservation: the sum over accounts, plus balance - total_claimed over channels, plus claimed - settled over receivers is the same before
// and after every action. Per channel: total_claimed <= balance; per receiver: settled <= claimed.

#include <cstdint>

#include "channels/chain/chain_backend.hpp"
#include "channels/chain/contract_storage.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/time.hpp"
#include "protocol/base/typed_data.hpp"

namespace ferry::chain {

struct ContractTerms {
  base::Domain domain;
  base::Hash256 domain_separator;  ///< of `domain`
  base::Address token;             ///< the only one
  std::uint64_t min_withdraw_delay = channels::kMinWithdrawDelay;  ///< seconds
};

/// Executes one action of `from` at `now`. A batch of claims is all or nothing.
///
/// deposit            anyone, for any channel that is not closed; does not cancel a pending withdrawal.
/// claim              receiver or receiver_authorizer of every row, or anyone with the batch signature of the one receiver_authorizer of all
///                    rows. A row whose total_claimed is not above the stored one has no effect and is not looked at further.
/// settle             anyone; moves claimed - settled to the receiver; no effect when that is zero.
/// initiate_withdraw  payer or payer_authorizer; one at a time; at most what is not claimed yet.
/// finalize_withdraw  anyone, once the delay is over; pays the payer the smaller of what was asked and what is not claimed.
/// refund             receiver or receiver_authorizer; pays the payer the smaller of `amount` and what is not claimed, and takes it off a
///                    pending withdrawal.
/// refund_by_signature anyone with receiver_authorizer's signature that bears the channel's next nonce; as refund, and uses the nonce up.
/// transfer           from the sender's account to another.
///
/// A channel that finalize_withdraw or a refund leaves without unclaimed money is closed for good: its old vouchers must never meet new
/// money. One that claims have used up stays open for deposits.
///
/// Errors: refusal, which is the contract's no and is final for the transaction: "deposit_nothing", "channel_payer", "channel_authorizer",
/// "channel_receiver", "channel_receiver_authorizer", "channel_token", "channel_delay", "channel_closed", "insufficient_funds",
/// "amount_too_large", "claim_nothing", "claim_too_many_rows", "claim_not_receiver", "claim_other_authorizer", "claim_above_ceiling",
/// "claim_above_balance", "withdraw_not_payer", "withdraw_nothing", "withdraw_pending", "withdraw_above_unclaimed", "withdraw_not_pending",
/// "withdraw_too_early", "refund_not_receiver", "refund_nothing", "settle_token", "transfer_nothing", "transfer_to_contract",
/// "transfer_to_zero", and those of check_signature(). Environment: the storage's.
base::Result<Changes> execute(const ContractTerms& terms, const ContractStorage& storage, const Action& action, const base::Address& from,
                              base::Time now);

}  // namespace ferry::chain
