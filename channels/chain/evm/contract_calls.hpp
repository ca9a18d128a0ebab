#pragma once
// What is asked of the channel contract and of tokens, as bytes of Solidity's ABI, and what they answer. Pure. Source: docs/payments.md, the
// contract's interface (channels/contracts); EIP-20.

#include "channels/chain/chain_backend.hpp"
#include "channels/chain/evm/abi_words.hpp"
#include "protocol/base/address.hpp"

namespace ferry::chain::evm {

/// Which contract, and whether its channels hold the chain's own coin or a token's.
struct Deployment {
  base::Address contract;
  base::Address token;
  bool token_is_native = false;  ///< `token` only stands for the coin that fees are paid in
};

/// What a transaction does, without its price and place.
struct Call {
  base::Address to;
  base::Amount value;  ///< native money
  base::Bytes data;
};

/// A claim by the receiver or the authorizer of every row needs no batch signature, and is sent without one.
Call call_for(const Action& action, const base::Address& from, const Deployment& at);

Call approve_call(const base::Address& token, const base::Address& spender, base::Amount amount);
bool is_approve(const Call& call, const base::Address& token);
Call allowance_call(const base::Address& token, const base::Address& owner, const base::Address& spender);
Call token_balance_call(const base::Address& token, const base::Address& account);
Call native_token_call(const base::Address& contract);
Call channel_state_call(const base::Address& contract, const base::ChannelId& channel);
Call refund_nonce_call(const base::Address& contract, const base::ChannelId& channel);
Call receivers_call(const base::Address& contract, const base::Address& receiver, const base::Address& token);
/// Its answer shows which domain the contract checks signatures for.
Call voucher_digest_call(const base::Address& contract, const base::ChannelId& channel, base::Amount ceiling);

// Answers. Errors: peer_fault "abi".
base::Result<channels::ChainChannel> read_channel_state(base::ByteView answer);
base::Result<std::uint64_t> read_refund_nonce(base::ByteView answer);
struct Earnings {
  base::Amount claimed, settled;
  friend bool operator==(const Earnings&, const Earnings&) = default;
};
base::Result<Earnings> read_receivers(base::ByteView answer);
base::Result<base::Address> read_address(base::ByteView answer);
base::Result<base::Digest> read_digest(base::ByteView answer);
/// Of a token: what 128 bits cannot count reads as the most that they can.
base::Result<base::Amount> read_token_amount(base::ByteView answer);

}  // namespace ferry::chain::evm
