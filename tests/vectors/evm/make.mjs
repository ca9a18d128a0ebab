// Writes evm.json beside this file: what ethers makes of fixed transactions, calls, answers and logs, which the encoders of
// channels/chain/evm are compared with. Run it after channels/contracts/build has installed the packages; it always writes the same.
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { load } from "../../../channels/contracts/packages.mjs";

const { AbiCoder, Interface, Transaction, Wallet, encodeRlp, id, keccak256, toBeHex } = load("ethers");
const HERE = dirname(fileURLToPath(import.meta.url));

const CONFIG = "tuple(address payer,address payerAuthorizer,address receiver,address receiverAuthorizer,address token,uint40 withdrawDelay,bytes32 salt)";
const CLAIM = `tuple(tuple(${CONFIG} channel,uint128 maxClaimableAmount) voucher,bytes signature,uint128 totalClaimed)`;
const contract = new Interface([
  `function openNative(${CONFIG})`,
  `function depositFrom(${CONFIG},uint128)`,
  `function claim(${CLAIM}[])`,
  `function claimWithSignature(${CLAIM}[],bytes)`,
  "function settle(address,address)",
  `function initiateWithdraw(${CONFIG},uint128)`,
  `function finalizeWithdraw(${CONFIG})`,
  `function refund(${CONFIG},uint128)`,
  `function refundWithSignature(${CONFIG},uint128,uint256,bytes)`,
  "function nativeToken()",
  "function channelState(bytes32)",
  "function refundNonce(bytes32)",
  "function receivers(address,address)",
  "function getVoucherDigest(bytes32,uint128)",
  "function approve(address,uint256)",
  "function allowance(address,address)",
  "function balanceOf(address)",
  "function transfer(address,uint256)",
]);

// The people of tests/unit/channels/chain/people.hpp: the key of person n is n in all 32 bytes.
const wallet = (n) => new Wallet(`0x${n.toString(16).padStart(2, "0").repeat(32)}`);
const address = (n) => wallet(n).address;
const TOKEN = "0x0000000000000000000000000000000000001010";
const CONTRACT = `0x${"c0".repeat(20)}`;
const SIGNATURE = `0x${"11".repeat(32)}${"22".repeat(32)}1b`;
const config = (salt, token = TOKEN) => [address(1), address(2), address(3), address(4), token, 900, toBeHex(salt, 32)];
const rows = (count) => Array.from({ length: count }, (_, i) => [[config(i + 1), 5000 + i], SIGNATURE, 4200 + i]);

const calls = {
  open_native: contract.encodeFunctionData("openNative", [config(1)]),
  deposit_from: contract.encodeFunctionData("depositFrom", [config(1, CONTRACT), (1n << 128n) - 1n]),
  claim_1: contract.encodeFunctionData("claim", [rows(1)]),
  claim_3: contract.encodeFunctionData("claim", [rows(3)]),
  claim_signed_2: contract.encodeFunctionData("claimWithSignature", [rows(2), SIGNATURE]),
  settle: contract.encodeFunctionData("settle", [address(3), TOKEN]),
  initiate_withdraw: contract.encodeFunctionData("initiateWithdraw", [config(1), 77]),
  finalize_withdraw: contract.encodeFunctionData("finalizeWithdraw", [config(1)]),
  refund: contract.encodeFunctionData("refund", [config(1), 78]),
  refund_signed: contract.encodeFunctionData("refundWithSignature", [config(1), 78, 2, SIGNATURE]),
  native_token: contract.encodeFunctionData("nativeToken", []),
  channel_state: contract.encodeFunctionData("channelState", [toBeHex(7, 32)]),
  refund_nonce: contract.encodeFunctionData("refundNonce", [toBeHex(7, 32)]),
  receivers: contract.encodeFunctionData("receivers", [address(3), TOKEN]),
  voucher_digest: contract.encodeFunctionData("getVoucherDigest", [toBeHex(7, 32), 1]),
  approve: contract.encodeFunctionData("approve", [CONTRACT, 79]),
  allowance: contract.encodeFunctionData("allowance", [address(1), CONTRACT]),
  balance_of: contract.encodeFunctionData("balanceOf", [address(1)]),
  transfer: contract.encodeFunctionData("transfer", [address(5), 80]),
};

function transaction(n, fields) {
  const unsigned = Transaction.from({ type: 0, ...fields });
  const signature = wallet(n).signingKey.sign(unsigned.unsignedHash);
  unsigned.signature = signature;
  const { chainId, nonce, gasPrice, gasLimit, to, value, data } = unsigned;
  const text = (number) => BigInt(number).toString();
  return { key: n, chain_id: text(chainId), nonce: text(nonce), gas_price: text(gasPrice), gas_limit: text(gasLimit), to: to.toLowerCase(), value: text(value),
    data, raw: unsigned.serialized, id: unsigned.hash };
}

const transactions = [
  transaction(1, { chainId: 199, nonce: 0, gasPrice: 0, gasLimit: 21000, to: address(2), value: 0, data: "0x" }),
  transaction(1, { chainId: 199, nonce: 127, gasPrice: 300000000000000n, gasLimit: 100000, to: CONTRACT, value: 10n ** 30n, data: calls.open_native }),
  transaction(2, { chainId: 1029, nonce: 128, gasPrice: (1n << 100n) + 5n, gasLimit: 256, to: CONTRACT, value: 1, data: "0x00" }),
  transaction(3, { chainId: 1, nonce: 70000, gasPrice: 1, gasLimit: 30000000, to: CONTRACT, value: (1n << 128n) - 1n, data: `0x${"7f".repeat(56)}` }),
  transaction(4, { chainId: 31337, nonce: 5, gasPrice: 2, gasLimit: 3, to: CONTRACT, value: 4, data: `0x${"80".repeat(55)}` }),
  transaction(5, { chainId: (1n << 53n) - 1n, nonce: 9, gasPrice: 2, gasLimit: 3, to: CONTRACT, value: 4, data: calls.claim_3 }),
  ...Array.from({ length: 40 }, (_, i) =>
    transaction(6, { chainId: 199, nonce: i, gasPrice: 7n ** BigInt(i), gasLimit: 21000 + i, to: CONTRACT, value: i, data: `0x${"ab".repeat(i * 7)}` })),
];

// [byte, how many] stands for a string of equal bytes.
const strings = [[], [["00", 0]], [["00", 1]], [["7f", 1], ["80", 1]], [["01", 55]], [["01", 56]], [["ff", 70000]], Array(60).fill(["01", 1])];
const rlp = strings.map((items) => {
  const encoded = encodeRlp(items.map(([byte, count]) => `0x${byte.repeat(count)}`));
  return { items, size: encoded.length / 2 - 1, hash: keccak256(encoded) };
});

const coder = AbiCoder.defaultAbiCoder();
const states = [
  { balance: 0, total_claimed: 0, pending: 0, finalize_after: 0, closed: false },
  { balance: 5000, total_claimed: 4200, pending: 800, finalize_after: 1700000900, closed: false },
  { balance: ((1n << 128n) - 1n).toString(), total_claimed: 1, pending: 0, finalize_after: 0, closed: true },
].map((state) => ({ ...state, balance: String(state.balance),
  words: coder.encode(["uint128", "uint128", "uint128", "uint40", "bool"], [state.balance, state.total_claimed, state.pending, state.finalize_after, state.closed]) }));

const EVENTS = {
  deposited: "Deposited(bytes32,address,uint128,uint128)",
  claimed: "Claimed(bytes32,address,uint128,uint128)",
  settled: "Settled(address,address,uint128)",
  withdraw_initiated: "WithdrawInitiated(bytes32,address,uint128,uint40)",
  withdraw_finalized: "WithdrawFinalized(bytes32,address,uint128)",
  refunded: "Refunded(bytes32,address,uint128)",
  channel_closed: "ChannelClosed(bytes32,address)",
};
const ERRORS = ["deposit_nothing", "channel_closed", "claim_above_ceiling", "claim_above_balance", "withdraw_too_early", "refund_nonce", "signature_of_another_key"];
const topics = Object.fromEntries(Object.entries(EVENTS).map(([kind, signature]) => [kind, id(signature)]));
const selectors = Object.fromEntries(ERRORS.map((code) => [code, id(`${code}()`).slice(0, 10)]));
const reverts = {
  text: new Interface(["error Error(string)"]).encodeErrorResult("Error", ["ERC20: insufficient allowance"]),
  panic: new Interface(["error Panic(uint256)"]).encodeErrorResult("Panic", [0x11]),
};

writeFileSync(join(HERE, "evm.json"), `${JSON.stringify({ calls, transactions, rlp, states, topics, selectors, reverts }, null, 1)}\n`);
