// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// What the channel contract of Ferry offers: payers lock money for one receiver, receivers claim what vouchers allow, and nobody else can
// touch it. Who uses it: wallets of payers, relays, watchtowers. It does not know prices, chunks or relays.
//
// Errors bear the codes of the embedded ledger's rules (channels/chain/contract_rules.hpp), letter for letter, so that whoever reads a
// revert needs no table: the selector of "claim_above_ceiling" is that of claim_above_ceiling().

/// The seven fields whose EIP-712 digest is the channel's id. Never changes; a new epoch is a new salt.
struct ChannelConfig {
    address payer; // whose money; what leaves the channel unclaimed goes here and nowhere else
    address payerAuthorizer; // signs vouchers; never zero, so that every voucher can be checked without asking a contract
    address receiver; // who is paid
    address receiverAuthorizer; // signs batches of claims, and refunds
    address token; // nativeToken() or an ERC-20 token
    uint40 withdrawDelay; // seconds that the receiver has to claim in after a withdrawal was initiated, 900 to 2,592,000
    bytes32 salt;
}

struct Voucher {
    ChannelConfig channel;
    uint128 maxClaimableAmount; // the ceiling: cumulative, replaced by any higher one, without nonce or expiry
}

struct VoucherClaim {
    Voucher voucher;
    bytes signature; // payerAuthorizer's over the voucher: 65 bytes, v 27 or 28, s in the lower half
    uint128 totalClaimed; // what the receiver takes in all, with what it has claimed before
}

interface IBttChannels {
    // Topic 1 is the channel (or the token), topic 2 always the receiver: the filter [null, null, receiver] gives all that concerns one
    // receiver. ChannelCreated holds the config, so that a payer finds its channels again by its address alone.
    event ChannelCreated(bytes32 indexed channelId, address indexed receiver, address indexed payer, ChannelConfig channel);
    event ChannelClosed(bytes32 indexed channelId, address indexed receiver);
    event Deposited(bytes32 indexed channelId, address indexed receiver, uint128 amount, uint128 balance);
    event Claimed(bytes32 indexed channelId, address indexed receiver, uint128 amount, uint128 totalClaimed);
    event Settled(address indexed token, address indexed receiver, uint128 amount);
    event Refunded(bytes32 indexed channelId, address indexed receiver, uint128 amount);
    event WithdrawInitiated(bytes32 indexed channelId, address indexed receiver, uint128 amount, uint40 finalizeAfter);
    event WithdrawFinalized(bytes32 indexed channelId, address indexed receiver, uint128 amount);

    error deposit_nothing();
    error channel_payer();
    error channel_authorizer();
    error channel_receiver();
    error channel_receiver_authorizer();
    error channel_token(); // another token than this way of depositing takes, or one without code
    error channel_delay();
    error channel_closed();
    error amount_too_large(); // more than 128 bits can count
    error claim_nothing();
    error claim_too_many_rows();
    error claim_not_receiver();
    error claim_other_authorizer();
    error claim_above_ceiling();
    error claim_above_balance();
    error withdraw_not_payer();
    error withdraw_nothing();
    error withdraw_pending();
    error withdraw_above_unclaimed();
    error withdraw_not_pending();
    error withdraw_too_early();
    error refund_not_receiver();
    error refund_nothing();
    error refund_nonce(); // not the channel's next one: the signature was used, or others come first
    error payment_refused(); // the account that native money went to did not take it
    error signature_length();
    error signature_v();
    error signature_range();
    error signature_high_s();
    error signature_unrecoverable();
    error signature_of_another_key();

    /// Opens the channel or tops it up with msg.value. Anyone; the token must be nativeToken(). Does not cancel a pending withdrawal.
    function openNative(ChannelConfig calldata channel) external payable;

    /// The same with an ERC-20 token that the sender has approved. Credits what arrives, which is less than `amount` where the token
    /// takes a fee.
    function depositFrom(ChannelConfig calldata channel, uint128 amount) external;

    /// Receiver or receiverAuthorizer of every row; 1 to 50 rows, all or nothing. A row that claims nothing new has no effect and is not
    /// looked at further. Moves no money: settle() does.
    function claim(VoucherClaim[] calldata claims) external;

    /// Anyone, with a ClaimBatch signature by the one receiverAuthorizer of all rows.
    function claimWithSignature(VoucherClaim[] calldata claims, bytes calldata signature) external;

    /// claim(), then settle() for every receiver and token in the rows.
    function claimAndSettle(VoucherClaim[] calldata claims) external;

    /// Anyone; pays the receiver what was claimed for it and not settled yet. No effect when that is nothing.
    function settle(address receiver, address token) external;

    /// Payer or payerAuthorizer; at most what is not claimed; one at a time.
    function initiateWithdraw(ChannelConfig calldata channel, uint128 amount) external;

    /// Anyone, once the delay is over; pays the payer the smaller of what was asked and what is not claimed.
    function finalizeWithdraw(ChannelConfig calldata channel) external;

    /// Receiver or receiverAuthorizer; pays the payer at once the smaller of `amount` and what is not claimed, and takes it off a pending
    /// withdrawal. The receiver claims first what it wants to keep.
    function refund(ChannelConfig calldata channel, uint128 amount) external;

    /// Anyone, with a Refund signature by the receiverAuthorizer that bears the channel's next nonce. The nonce is used up in any case.
    function refundWithSignature(ChannelConfig calldata channel, uint128 amount, uint256 nonce, bytes calldata signature) external;

    /// Stands for the chain's own coin in ChannelConfig.token: 0x…1010 on BTTC; zero: this deployment takes ERC-20 tokens only.
    function nativeToken() external view returns (address);

    function channels(bytes32 channelId) external view returns (uint128 balance, uint128 totalClaimed);

    function pendingWithdrawals(bytes32 channelId) external view returns (uint128 amount, uint40 initiatedAt);

    /// All about a channel, as of one block. `finalizeAfter` is zero when no withdrawal is pending. Never opened: all zero.
    function channelState(bytes32 channelId)
        external
        view
        returns (uint128 balance, uint128 totalClaimed, uint128 pendingWithdraw, uint40 finalizeAfter, bool closed);

    function refundNonce(bytes32 channelId) external view returns (uint256);

    function receivers(address receiver, address token) external view returns (uint128 totalClaimed, uint128 totalSettled);

    function getChannelId(ChannelConfig calldata channel) external view returns (bytes32);

    function getVoucherDigest(bytes32 channelId, uint128 maxClaimableAmount) external view returns (bytes32);

    function getRefundDigest(bytes32 channelId, uint256 nonce, uint128 amount) external view returns (bytes32);

    function getClaimBatchDigest(VoucherClaim[] calldata claims) external view returns (bytes32);
}
