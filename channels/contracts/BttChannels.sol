// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/security/ReentrancyGuard.sol";
import {ChannelConfig, IBttChannels, VoucherClaim} from "./IBttChannels.sol";
import {Signatures} from "./Signatures.sol";
import {TypedData} from "./TypedData.sol";

// One-way payment channels with cumulative vouchers. No owner, no upgrade, no fee, no oracle; the rules are those of docs/contract.md and of
// channels/chain/contract_rules.hpp.
//
// For every token, always: what this contract holds >= sum of (balance - totalClaimed) over its channels + sum of (totalClaimed -
// totalSettled) over its receivers; equal unless somebody gave it money in other ways than by a deposit. Per channel totalClaimed <= balance,
// per receiver totalSettled <= totalClaimed.
contract BttChannels is IBttChannels, ReentrancyGuard {
    using SafeERC20 for IERC20;

    uint40 private constant MIN_WITHDRAW_DELAY = 900;
    uint40 private constant MAX_WITHDRAW_DELAY = 2_592_000;
    uint256 private constant MAX_CLAIM_ROWS = 50;

    struct Channel {
        uint128 balance; // put in and not paid back; zero only before the first deposit and after an exit
        uint128 totalClaimed;
    }

    struct Exit {
        uint128 amount; // of the pending withdrawal; zero: none
        uint40 initiatedAt;
        uint40 finalizeAfter;
        bool closed; // for good
    }

    struct Earnings {
        uint128 totalClaimed;
        uint128 totalSettled;
    }

    address public immutable override nativeToken;
    mapping(bytes32 => Channel) public override channels;
    mapping(bytes32 => uint256) public override refundNonce;
    mapping(address => mapping(address => Earnings)) public override receivers;
    mapping(bytes32 => Exit) private _exits;

    constructor(address nativeToken_) {
        nativeToken = nativeToken_;
    }

    // Money in

    function openNative(ChannelConfig calldata channel) external payable override nonReentrant {
        if (msg.value == 0) revert deposit_nothing();
        _checkParties(channel);
        if (nativeToken == address(0) || channel.token != nativeToken) revert channel_token();
        _credit(channel, _openId(channel), msg.value);
    }

    function depositFrom(ChannelConfig calldata channel, uint128 amount) external override nonReentrant {
        if (amount == 0) revert deposit_nothing();
        _checkParties(channel);
        if (channel.token == nativeToken || channel.token.code.length == 0) revert channel_token();
        bytes32 id = _openId(channel);
        IERC20 token = IERC20(channel.token);
        uint256 held = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = token.balanceOf(address(this)) - held;
        if (received == 0) revert deposit_nothing();
        _credit(channel, id, received);
    }

    // Claims

    function claim(VoucherClaim[] calldata claims) external override nonReentrant {
        _claimAsReceiver(claims);
    }

    function claimWithSignature(VoucherClaim[] calldata claims, bytes calldata signature) external override nonReentrant {
        _checkRowCount(claims.length);
        address authorizer = claims[0].voucher.channel.receiverAuthorizer;
        for (uint256 i = 1; i < claims.length; ++i) {
            if (claims[i].voucher.channel.receiverAuthorizer != authorizer) revert claim_other_authorizer();
        }
        bytes32 domain = TypedData.domainSeparator();
        bytes32[] memory ids = _channelIds(domain, claims);
        Signatures.check(TypedData.claimBatch(domain, claims, ids), signature, authorizer);
        for (uint256 i = 0; i < claims.length; ++i) {
            _claimRow(domain, ids[i], claims[i]);
        }
    }

    function claimAndSettle(VoucherClaim[] calldata claims) external override nonReentrant {
        _claimAsReceiver(claims);
        for (uint256 i = 0; i < claims.length; ++i) {
            _settle(claims[i].voucher.channel.receiver, claims[i].voucher.channel.token);
        }
    }

    function settle(address receiver, address token) external override nonReentrant {
        _settle(receiver, token);
    }

    // Exits

    function initiateWithdraw(ChannelConfig calldata channel, uint128 amount) external override nonReentrant {
        if (msg.sender != channel.payer && msg.sender != channel.payerAuthorizer) revert withdraw_not_payer();
        if (amount == 0) revert withdraw_nothing();
        bytes32 id = getChannelId(channel);
        Exit storage exit = _exits[id];
        if (exit.amount != 0) revert withdraw_pending();
        if (amount > _unclaimed(channels[id])) revert withdraw_above_unclaimed();
        uint40 finalizeAfter = uint40(block.timestamp) + channel.withdrawDelay;
        exit.amount = amount;
        exit.initiatedAt = uint40(block.timestamp);
        exit.finalizeAfter = finalizeAfter;
        emit WithdrawInitiated(id, channel.receiver, amount, finalizeAfter);
    }

    function finalizeWithdraw(ChannelConfig calldata channel) external override nonReentrant {
        bytes32 id = getChannelId(channel);
        Exit memory exit = _exits[id];
        if (exit.amount == 0) revert withdraw_not_pending();
        if (block.timestamp < exit.finalizeAfter) revert withdraw_too_early();
        uint128 amount = _smaller(exit.amount, _unclaimed(channels[id]));
        emit WithdrawFinalized(id, channel.receiver, amount);
        _payBack(channel, id, amount, 0);
    }

    function refund(ChannelConfig calldata channel, uint128 amount) external override nonReentrant {
        if (!_isReceiverSide(channel)) revert refund_not_receiver();
        if (amount == 0) revert refund_nothing();
        _refund(channel, getChannelId(channel), amount);
    }

    function refundWithSignature(ChannelConfig calldata channel, uint128 amount, uint256 nonce, bytes calldata signature)
        external
        override
        nonReentrant
    {
        if (amount == 0) revert refund_nothing();
        bytes32 domain = TypedData.domainSeparator();
        bytes32 id = TypedData.channelId(domain, channel);
        if (nonce != refundNonce[id]) revert refund_nonce();
        Signatures.check(TypedData.refund(domain, id, nonce, amount), signature, channel.receiverAuthorizer);
        refundNonce[id] = nonce + 1;
        _refund(channel, id, amount);
    }

    // Views

    function pendingWithdrawals(bytes32 channelId) external view override returns (uint128 amount, uint40 initiatedAt) {
        Exit storage exit = _exits[channelId];
        return (exit.amount, exit.initiatedAt);
    }

    function channelState(bytes32 channelId)
        external
        view
        override
        returns (uint128 balance, uint128 totalClaimed, uint128 pendingWithdraw, uint40 finalizeAfter, bool closed)
    {
        Channel storage stored = channels[channelId];
        Exit storage exit = _exits[channelId];
        return (stored.balance, stored.totalClaimed, exit.amount, exit.finalizeAfter, exit.closed);
    }

    function getChannelId(ChannelConfig calldata channel) public view override returns (bytes32) {
        return TypedData.channelId(TypedData.domainSeparator(), channel);
    }

    function getVoucherDigest(bytes32 channelId, uint128 maxClaimableAmount) external view override returns (bytes32) {
        return TypedData.voucher(TypedData.domainSeparator(), channelId, maxClaimableAmount);
    }

    function getRefundDigest(bytes32 channelId, uint256 nonce, uint128 amount) external view override returns (bytes32) {
        return TypedData.refund(TypedData.domainSeparator(), channelId, nonce, amount);
    }

    function getClaimBatchDigest(VoucherClaim[] calldata claims) external view override returns (bytes32) {
        bytes32 domain = TypedData.domainSeparator();
        return TypedData.claimBatch(domain, claims, _channelIds(domain, claims));
    }

    // Rules

    function _checkParties(ChannelConfig calldata channel) private pure {
        if (channel.payer == address(0)) revert channel_payer();
        if (channel.payerAuthorizer == address(0)) revert channel_authorizer();
        if (channel.receiver == address(0)) revert channel_receiver();
        if (channel.receiverAuthorizer == address(0)) revert channel_receiver_authorizer();
    }

    /// The id of a channel that may take money.
    function _openId(ChannelConfig calldata channel) private view returns (bytes32 id) {
        if (channel.withdrawDelay < MIN_WITHDRAW_DELAY || channel.withdrawDelay > MAX_WITHDRAW_DELAY) revert channel_delay();
        id = getChannelId(channel);
        if (_exits[id].closed) revert channel_closed();
    }

    function _credit(ChannelConfig calldata channel, bytes32 id, uint256 amount) private {
        Channel storage stored = channels[id];
        uint256 before = stored.balance;
        if (amount > type(uint128).max - before) revert amount_too_large();
        uint128 balance = uint128(before + amount);
        stored.balance = balance;
        if (before == 0) emit ChannelCreated(id, channel.receiver, channel.payer, channel);
        emit Deposited(id, channel.receiver, uint128(amount), balance);
    }

    function _checkRowCount(uint256 count) private pure {
        if (count == 0) revert claim_nothing();
        if (count > MAX_CLAIM_ROWS) revert claim_too_many_rows();
    }

    function _claimAsReceiver(VoucherClaim[] calldata claims) private {
        _checkRowCount(claims.length);
        for (uint256 i = 0; i < claims.length; ++i) {
            if (!_isReceiverSide(claims[i].voucher.channel)) revert claim_not_receiver();
        }
        bytes32 domain = TypedData.domainSeparator();
        for (uint256 i = 0; i < claims.length; ++i) {
            _claimRow(domain, TypedData.channelId(domain, claims[i].voucher.channel), claims[i]);
        }
    }

    function _claimRow(bytes32 domain, bytes32 id, VoucherClaim calldata row) private {
        Channel memory stored = channels[id];
        uint128 total = row.totalClaimed;
        if (total <= stored.totalClaimed) return;
        ChannelConfig calldata channel = row.voucher.channel;
        uint128 ceiling = row.voucher.maxClaimableAmount;
        if (total > ceiling) revert claim_above_ceiling();
        if (total > stored.balance) revert claim_above_balance();
        Signatures.check(TypedData.voucher(domain, id, ceiling), row.signature, channel.payerAuthorizer);

        uint128 gain = total - stored.totalClaimed;
        Earnings storage earned = receivers[channel.receiver][channel.token];
        if (gain > type(uint128).max - earned.totalClaimed) revert amount_too_large();
        earned.totalClaimed += gain;
        channels[id].totalClaimed = total;
        emit Claimed(id, channel.receiver, gain, total);
    }

    function _settle(address receiver, address token) private {
        Earnings storage earned = receivers[receiver][token];
        uint128 amount = earned.totalClaimed - earned.totalSettled;
        if (amount == 0) return;
        earned.totalSettled += amount;
        emit Settled(token, receiver, amount);
        _pay(token, receiver, amount);
    }

    function _refund(ChannelConfig calldata channel, bytes32 id, uint128 asked) private {
        uint128 amount = _smaller(asked, _unclaimed(channels[id]));
        if (amount == 0) return;
        uint128 pending = _exits[id].amount;
        emit Refunded(id, channel.receiver, amount);
        _payBack(channel, id, amount, pending - _smaller(pending, amount));
    }

    /// Unclaimed money goes back to the payer. When that leaves none, the channel is closed for good: its old vouchers must never meet new
    /// money. `pending` is what stays of a withdrawal.
    function _payBack(ChannelConfig calldata channel, bytes32 id, uint128 amount, uint128 pending) private {
        Channel storage stored = channels[id];
        stored.balance -= amount;
        if (_unclaimed(stored) == 0) {
            _exits[id] = Exit({amount: 0, initiatedAt: 0, finalizeAfter: 0, closed: true});
            emit ChannelClosed(id, channel.receiver);
        } else if (pending == 0) {
            delete _exits[id];
        } else {
            _exits[id].amount = pending;
        }
        _pay(channel.token, channel.payer, amount);
    }

    /// Always the last step: the state is final before anybody else's code runs.
    function _pay(address token, address to, uint128 amount) private {
        if (amount == 0) return;
        if (token == nativeToken) {
            (bool taken, ) = to.call{value: amount}("");
            if (!taken) revert payment_refused();
        } else {
            IERC20(token).safeTransfer(to, amount);
        }
    }

    function _channelIds(bytes32 domain, VoucherClaim[] calldata claims) private pure returns (bytes32[] memory ids) {
        ids = new bytes32[](claims.length);
        for (uint256 i = 0; i < claims.length; ++i) {
            ids[i] = TypedData.channelId(domain, claims[i].voucher.channel);
        }
    }

    function _isReceiverSide(ChannelConfig calldata channel) private view returns (bool) {
        return msg.sender == channel.receiver || msg.sender == channel.receiverAuthorizer;
    }

    function _unclaimed(Channel storage stored) private view returns (uint128) {
        return stored.balance - stored.totalClaimed;
    }

    function _smaller(uint128 a, uint128 b) private pure returns (uint128) {
        return a < b ? a : b;
    }
}
