// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ChannelConfig, VoucherClaim} from "./IBttChannels.sol";

// The EIP-712 typed data of x402's batch-settlement scheme, as channels/channel_config.cpp has it. The domain is computed anew in every
// transaction, from the chain and the address at hand: nothing signed for another chain, a fork or another contract is taken, and the code of
// two deployments is the same to the byte.
library TypedData {
    bytes32 private constant DOMAIN = keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant NAME = keccak256("x402 Batch Settlement");
    bytes32 private constant VERSION = keccak256("1");
    bytes32 private constant CHANNEL_CONFIG =
        keccak256(
            "ChannelConfig(address payer,address payerAuthorizer,address receiver,address receiverAuthorizer,address token,uint40 withdrawDelay,bytes32 salt)"
        );
    bytes32 private constant VOUCHER = keccak256("Voucher(bytes32 channelId,uint128 maxClaimableAmount)");
    bytes32 private constant REFUND = keccak256("Refund(bytes32 channelId,uint256 nonce,uint128 amount)");
    bytes32 private constant CLAIM_ENTRY = keccak256("ClaimEntry(bytes32 channelId,uint128 maxClaimableAmount,uint128 totalClaimed)");
    bytes32 private constant CLAIM_BATCH =
        keccak256("ClaimBatch(ClaimEntry[] claims)ClaimEntry(bytes32 channelId,uint128 maxClaimableAmount,uint128 totalClaimed)");

    /// Of the contract that this code runs in.
    function domainSeparator() internal view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN, NAME, VERSION, block.chainid, address(this)));
    }

    function channelId(bytes32 domain, ChannelConfig calldata channel) internal pure returns (bytes32) {
        return _digest(domain, keccak256(abi.encode(CHANNEL_CONFIG, channel)));
    }

    function voucher(bytes32 domain, bytes32 id, uint128 maxClaimableAmount) internal pure returns (bytes32) {
        return _digest(domain, keccak256(abi.encode(VOUCHER, id, maxClaimableAmount)));
    }

    function refund(bytes32 domain, bytes32 id, uint256 nonce, uint128 amount) internal pure returns (bytes32) {
        return _digest(domain, keccak256(abi.encode(REFUND, id, nonce, amount)));
    }

    /// `ids` are the rows' channel ids.
    function claimBatch(bytes32 domain, VoucherClaim[] calldata claims, bytes32[] memory ids) internal pure returns (bytes32) {
        bytes32[] memory entries = new bytes32[](claims.length);
        for (uint256 i = 0; i < claims.length; ++i) {
            entries[i] = keccak256(abi.encode(CLAIM_ENTRY, ids[i], claims[i].voucher.maxClaimableAmount, claims[i].totalClaimed));
        }
        return _digest(domain, keccak256(abi.encode(CLAIM_BATCH, keccak256(abi.encodePacked(entries)))));
    }

    function _digest(bytes32 domain, bytes32 structHash) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }
}
