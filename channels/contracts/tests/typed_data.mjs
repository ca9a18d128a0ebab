// The typed data as ethers computes it, apart from the contract: ids, digests, signatures.
import { load } from "../packages.mjs";

const { SigningKey, TypedDataEncoder, Signature } = load("ethers");

export const TYPES = {
  ChannelConfig: [
    { name: "payer", type: "address" },
    { name: "payerAuthorizer", type: "address" },
    { name: "receiver", type: "address" },
    { name: "receiverAuthorizer", type: "address" },
    { name: "token", type: "address" },
    { name: "withdrawDelay", type: "uint40" },
    { name: "salt", type: "bytes32" },
  ],
  Voucher: [
    { name: "channelId", type: "bytes32" },
    { name: "maxClaimableAmount", type: "uint128" },
  ],
  Refund: [
    { name: "channelId", type: "bytes32" },
    { name: "nonce", type: "uint256" },
    { name: "amount", type: "uint128" },
  ],
  ClaimEntry: [
    { name: "channelId", type: "bytes32" },
    { name: "maxClaimableAmount", type: "uint128" },
    { name: "totalClaimed", type: "uint128" },
  ],
  ClaimBatch: [{ name: "claims", type: "ClaimEntry[]" }],
};

export class Domain {
  constructor(chainId, verifyingContract) {
    this.domain = { name: "x402 Batch Settlement", version: "1", chainId, verifyingContract };
  }

  separator() {
    return TypedDataEncoder.hashDomain(this.domain);
  }

  digest(type, value) {
    const types = { [type]: TYPES[type] };
    if (type === "ClaimBatch") types.ClaimEntry = TYPES.ClaimEntry;
    return TypedDataEncoder.hash(this.domain, types, value);
  }

  channelId(config) {
    return this.digest("ChannelConfig", config);
  }

  voucherDigest(channelId, maxClaimableAmount) {
    return this.digest("Voucher", { channelId, maxClaimableAmount });
  }

  refundDigest(channelId, nonce, amount) {
    return this.digest("Refund", { channelId, nonce, amount });
  }

  claimBatchDigest(rows) {
    const claims = rows.map((row) => ({
      channelId: this.channelId(row.voucher.channel),
      maxClaimableAmount: row.voucher.maxClaimableAmount,
      totalClaimed: row.totalClaimed,
    }));
    return this.digest("ClaimBatch", { claims });
  }
}

/// 65 bytes, deterministic, low s.
export function sign(key, digest) {
  return Signature.from(new SigningKey(key).sign(digest)).serialized;
}
