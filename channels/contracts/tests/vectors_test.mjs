// The published vectors of the typed data, and that the contract computes it as ethers does.
import { load } from "../packages.mjs";
import { equal, test } from "./suite.mjs";
import { Domain, TYPES, sign } from "./typed_data.mjs";
import { MAX, salt } from "./world.mjs";

const { TypedDataEncoder, computeAddress, decodeBase58, id, toBeHex } = load("ethers");
const PAYER = `0x${"01".repeat(32)}`;
const RECEIVER = `0x${"02".repeat(32)}`;

/// The 20 bytes in a TRON address: 0x41, they, four bytes of check.
function ofTron(address) {
  return `0x${toBeHex(decodeBase58(address), 25).slice(4, 44)}`;
}

const VECTORS = [
  {
    chainId: 8453,
    contract: "0x4020074e9dF2ce1deE5A9C1b5c3f541D02a10003",
    token: "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913",
    separator: "0xd8d982716899b0e20cf2c1e706a37b8a892c83fdd4ac9b540cfeec11f9c73a39",
    channelId: "0x93292d94d9c64eff1de184c02e12f50a11ad450c98568b7df0d1c566d1133e5b",
    voucher: "0xfe7d39354eac04f8787df7d7381efd242cae0d1f03281c16aa00a34d07dbf49e",
    signature:
      "0x369864ffdf50fae2b037e528425000c987b5ce70df4dfab8c721bc2e755a50e131befa8df1c79d44063b25459db09f0aa0e4e6e13a4afab7ed02f33e13ea38651c",
    claimBatch: "0x143c44a7a0bf504b191662f95be6f32d4ee9ce2001f8a851e0e9e3345820b7d6",
  },
  {
    chainId: 728126428,
    contract: ofTron("TW9yNhTySkEHYfjnGQU2u4NAsdb1tW4fbm"),
    token: ofTron("TAFjULxiVgT4qWk6UZwjqwZXTSaGaqnVp4"),
    separator: "0x4640331372a90a82c2863eb272e9be1616037432b9affd8bd1d4a4e539e0c548",
    channelId: "0x6b35ed889c2d69858f40094ce4567bd7afa3173715b64ef3bbe15d82f048a091",
    voucher: "0xe5425ca05ada712cd0e65a8aa36b7b73e355503e250008d3d8f20a29898f9555",
    signature:
      "0xa0eee4dbc3e76b7cf4128e426f2c517eb90a03b3ed4a2e0a669906e9561e4c817671366817ee303bde592509c55d573215ee100a80b49514ded37f493eb0f00a1b",
  },
];
const TYPE_HASHES = {
  ChannelConfig: "0x1c9a06ceab9b0ebbd3301dc56c9111bb6d9af421356dc9ccb3b7084c755db308",
  Voucher: "0x1e1bd6ff84c3e0d9029a292b212e039c0ca97ec497c55191a4a5874294609a69",
  Refund: "0xbe23ad087435072cd69b49cc5b92de10ee610fce7ae0ab428307972d764bb216",
  ClaimEntry: "0x30b9a0367528fca13c3e8ec6134c3113f1887ebe7a1ad61de0955aac288b0cf5",
  ClaimBatch: "0x42bd57c010b870c2e96203c66341f28a6a19b4d56a74533a8eb5f706b9fd6d57",
};

test("vectors: type hashes", async () => {
  for (const [type, hash] of Object.entries(TYPE_HASHES)) {
    const types = type === "ClaimBatch" ? { ClaimBatch: TYPES.ClaimBatch, ClaimEntry: TYPES.ClaimEntry } : { [type]: TYPES[type] };
    equal(id(TypedDataEncoder.from(types).encodeType(type)), hash, type);
  }
});

for (const vector of VECTORS) {
  const domain = new Domain(vector.chainId, vector.contract);
  const channel = {
    payer: computeAddress(PAYER),
    payerAuthorizer: computeAddress(PAYER),
    receiver: computeAddress(RECEIVER),
    receiverAuthorizer: computeAddress(RECEIVER),
    token: vector.token,
    withdrawDelay: 900,
    salt: salt(0),
  };
  const rows = [{ voucher: { channel, maxClaimableAmount: 5000n }, signature: vector.signature, totalClaimed: 4200n }];

  test(`vectors: domain, channel, voucher and batch on chain ${vector.chainId}`, async () => {
    equal(domain.separator(), vector.separator);
    equal(domain.channelId(channel), vector.channelId);
    equal(domain.voucherDigest(vector.channelId, 5000n), vector.voucher);
    equal(sign(PAYER, vector.voucher), vector.signature);
    if (vector.claimBatch) equal(domain.claimBatchDigest(rows), vector.claimBatch);
  });

  test(`vectors: the contract's code at that address of chain ${vector.chainId} gives the same`, async (w) => {
    await w.chain.rpc("anvil_setCode", vector.contract, await w.chain.rpc("eth_getCode", w.contract, "latest"));
    await w.chain.rpc("anvil_setChainId", vector.chainId);
    const read = (method, ...args) => w.readAt(vector.contract, "BttChannels", method, ...args);
    const given = [
      await read("getChannelId", channel),
      await read("getVoucherDigest", vector.channelId, 5000n),
      await read("getClaimBatchDigest", rows),
      await read("getRefundDigest", vector.channelId, 7n, 55n),
    ];
    await w.chain.rpc("anvil_setChainId", 1029);
    equal(given, [vector.channelId, vector.voucher, domain.claimBatchDigest(rows), domain.refundDigest(vector.channelId, 7n, 55n)]);
  });
}

test("vectors: the contract's views give what ethers computes, at the edges too", async (w) => {
  for (const config of [w.config(), w.config({ withdrawDelay: 2 ** 40 - 1, salt: id("another"), token: w.token })]) {
    const channelId = w.idOf(config);
    equal(await w.read("getChannelId", config), channelId);
    for (const amount of [0n, 1n, MAX]) {
      equal(await w.read("getVoucherDigest", channelId, amount), w.domain.voucherDigest(channelId, amount));
      equal(await w.read("getRefundDigest", channelId, 2n ** 256n - 1n, amount), w.domain.refundDigest(channelId, 2n ** 256n - 1n, amount));
    }
    for (const count of [0, 1, 3]) {
      const rows = Array.from({ length: count }, (_, i) => w.row({ ...config, salt: salt(i) }, BigInt(i + 5), BigInt(i)));
      equal(await w.read("getClaimBatchDigest", rows), w.domain.claimBatchDigest(rows));
    }
  }
});
