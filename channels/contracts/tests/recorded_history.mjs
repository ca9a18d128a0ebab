// A random history of the contract as JSON, which the embedded ledger's rules must repeat outcome by outcome and unit by unit:
// tests/unit/channels/chain/contract_history_test.cpp.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SOURCE } from "../packages.mjs";
import { History } from "./history.mjs";
import { NATIVE } from "./world.mjs";

const SEED = 7;
const CALLS = 200;
export const RECORD = join(SOURCE, "../../tests/vectors/contract_history.json");

/// As the rules name it, with arguments of its own; configs and rows are numbers of their lists.
function actionOf({ method, args, value }, configs, rows) {
  const configNumber = (config) => numberIn(configs, { ...config, withdrawDelay: Number(config.withdrawDelay) });
  const rowNumber = ({ voucher, signature, totalClaimed }) =>
    numberIn(rows, {
      config: configNumber(voucher.channel),
      ceiling: String(voucher.maxClaimableAmount),
      total: String(totalClaimed),
      signature,
    });
  switch (method) {
    case "openNative": return { action: "deposit", config: configNumber(args[0]), amount: String(value) };
    case "claim": return { action: "claim", rows: args[0].map(rowNumber) };
    case "claimWithSignature": return { action: "claim", rows: args[0].map(rowNumber), batch: args[1] };
    case "settle": return { action: "settle", receiver: args[0] };
    case "initiateWithdraw": return { action: "initiate_withdraw", config: configNumber(args[0]), amount: String(args[1]) };
    case "finalizeWithdraw": return { action: "finalize_withdraw", config: configNumber(args[0]) };
    case "refund": return { action: "refund", config: configNumber(args[0]), amount: String(args[1]) };
    case "refundWithSignature":
      return { action: "refund_by_signature", config: configNumber(args[0]), amount: String(args[1]), nonce: Number(args[2]), signature: args[3] };
    default: throw new Error(`${method} is not the embedded ledger's`);
  }
}

function numberIn(list, value) {
  const text = JSON.stringify(value);
  const found = list.findIndex((each) => JSON.stringify(each) === text);
  return found >= 0 ? found : list.push(value) - 1;
}

/// The text of the record.
export async function record(world) {
  const history = await History.begin(world, SEED, true);
  const [start, configs, rows, calls] = [history.now, [], [], []];
  const accounts = history.people.map(({ address }) => [address, String(history.model.has(address, NATIVE))]);
  for (let i = 0; i < CALLS; i += 1) {
    const { outcome, from, ...call } = await history.step();
    calls.push({ after: history.now - start, from: from.address, ...actionOf(call, configs, rows), outcome, events: eventsOf(world) });
  }
  const channels = configs.map((config, number) => {
    const { balance, claimed, pending, ready, closed } = history.model.channel({ ...config });
    return { config: number, balance: String(balance), claimed: String(claimed), pending: String(pending), ready: ready ? ready - start : 0, closed };
  });
  const after = history.people.map(({ address }) => [address, String(history.model.has(address, NATIVE))]);
  const told = { chainId: 1029, contract: world.contract, token: NATIVE, accounts, configs, rows, calls, channels, accountsAfter: after };
  return `{\n${Object.entries(told).map(([name, value]) => ` ${JSON.stringify(name)}: ${lines(value)}`).join(",\n")}\n}\n`;
}

/// The embedded ledger's names of what happened, with amounts; it has no event for a channel's beginning.
function eventsOf(world) {
  const named = (name) => name.replace(/[A-Z]/g, (letter, at) => `${at ? "_" : ""}${letter.toLowerCase()}`);
  return world.events().filter(([name]) => name !== "ChannelCreated").map(([name, { amount }]) => [named(name), String(amount ?? 0n)]);
}

/// A list with one element on each line.
function lines(value) {
  return Array.isArray(value) ? `[\n${value.map((each) => `  ${JSON.stringify(each)}`).join(",\n")}\n ]` : JSON.stringify(value);
}

export function readRecord() {
  return readFileSync(RECORD, "utf8");
}
