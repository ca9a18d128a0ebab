// What the compiled contract is made of.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SOURCE, artifact, load } from "../packages.mjs";
import { equal, test } from "./suite.mjs";
import { NATIVE, ZERO } from "./world.mjs";

const { keccak256 } = load("ethers");
const MAX_CODE_BYTES = 24_576; // EIP-170
const PUSH1 = 0x60;
const PUSH32 = 0x7f;
const FORBIDDEN = {
  0x48: "BASEFEE",
  0x49: "BLOBHASH",
  0x4a: "BLOBBASEFEE",
  0x5c: "TLOAD",
  0x5d: "TSTORE",
  0x5e: "MCOPY",
  0x5f: "PUSH0",
  0xf0: "CREATE",
  0xf2: "CALLCODE",
  0xf4: "DELEGATECALL",
  0xf5: "CREATE2",
  0xff: "SELFDESTRUCT",
};

/// The instructions of `code`, without what they push.
function instructions(code) {
  const bytes = Buffer.from(code.slice(2), "hex");
  const found = [];
  for (let at = 0; at < bytes.length; at += 1) {
    found.push(bytes[at]);
    if (bytes[at] >= PUSH1 && bytes[at] <= PUSH32) at += bytes[at] - PUSH1 + 1;
  }
  return found;
}

function forbiddenIn(code) {
  return [...new Set(instructions(code).map((instruction) => FORBIDDEN[instruction]).filter(Boolean))];
}

test("code: disassembling tells an instruction from what is pushed", async () => {
  equal(forbiddenIn("0x605f615c5d01"), []);
  equal(forbiddenIn("0x605f5f61ff5c5d"), ["PUSH0", "TSTORE"]);
});

test("code: holds nothing that is younger than Berlin, and nothing that could replace it", async () => {
  const { bytecode, deployedBytecode } = artifact("BttChannels");
  equal(forbiddenIn(deployedBytecode), []);
  equal(forbiddenIn(bytecode), []);
});

test("code: fits a contract", async (w) => {
  const size = (artifact("BttChannels").deployedBytecode.length - 2) / 2;
  console.log(`        ${size} bytes`);
  equal(size < MAX_CODE_BYTES, true, `${size} bytes`);
  equal((await w.chain.rpc("eth_getCode", w.contract, "latest")).length, 2 * size + 2);
});

test("code: is the same wherever it lies, so its hash can be known before", async (w) => {
  const { codeHashes } = artifact("BttChannels");
  for (const token of [NATIVE, ZERO]) {
    for (let i = 0; i < 2; i += 1) {
      const code = await w.chain.rpc("eth_getCode", await w.deploy("BttChannels", token), "latest");
      equal(keccak256(code), codeHashes[token]);
    }
  }
});

test("code: docs/contract.md names its hashes", async () => {
  const text = readFileSync(join(SOURCE, "../../docs/contract.md"), "utf8");
  for (const hash of Object.values(artifact("BttChannels").codeHashes)) equal(text.includes(hash), true, `docs/contract.md does not name ${hash}`);
});

test("code: its functions are these and no others", async (w) => {
  const functions = [];
  w.abi("BttChannels").forEachFunction((each) => functions.push(each.name));
  equal(functions.sort(), [
    "channelState", "channels", "claim", "claimAndSettle", "claimWithSignature", "depositFrom", "finalizeWithdraw", "getChannelId",
    "getClaimBatchDigest", "getRefundDigest", "getVoucherDigest", "initiateWithdraw", "nativeToken", "openNative", "pendingWithdrawals",
    "receivers", "refund", "refundNonce", "refundWithSignature", "settle",
  ]);
});

test("code: topic 2 of every event is the receiver", async (w) => {
  w.abi("BttChannels").forEachEvent((event) => {
    equal([event.inputs[1].name, event.inputs[1].indexed, event.inputs[0].indexed], ["receiver", true, true], event.name);
  });
});

const ONLY_HERE = ["payment_refused"];
const ONLY_ON_THE_EMBEDDED_LEDGER = ["insufficient_funds", "settle_token", "transfer_nothing", "transfer_to_contract", "transfer_to_zero"];

test("code: its errors are named as the embedded ledger's", async (w) => {
  const text = ["channels/chain/contract_rules.cpp", "protocol/base/key.cpp"].map((path) => readFileSync(join(SOURCE, "../..", path), "utf8")).join();
  const codes = new Set([...text.matchAll(/\b(?:no|refusal)\("([a-z_]+)"/g)].map(([, code]) => code));
  codes.delete("key_invalid");
  const errors = [...ONLY_ON_THE_EMBEDDED_LEDGER];
  w.abi("BttChannels").forEachError((error) => errors.push(error.name));
  equal(errors.filter((name) => !ONLY_HERE.includes(name)).sort(), [...codes].sort());
});
