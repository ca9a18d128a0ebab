// From gas to BTT: what each step of a channel's life costs, the smallest sensible deposit, and the share of a deposit that settlement takes.
// Reads nothing but gas.json, and needs no package.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const DEFAULTS = { gasPrice: 300_000_000_000_000n, deposit: 1000n };

export function readGas() {
  return JSON.parse(readFileSync(join(dirname(fileURLToPath(import.meta.url)), "gas.json"), "utf8"));
}

const BTT = 10n ** 18n;
const BATCH = 50n;
const SENSIBLE = 20n; // times what it costs: 5 %

/// `numerator / denominator` with `places` decimals, halves rounded up.
function decimal(numerator, denominator, places = 2) {
  const scale = 10n ** BigInt(places);
  const scaled = (numerator * scale * 2n + denominator) / (denominator * 2n);
  return `${scaled / scale}.${String(scaled % scale).padStart(places, "0")}`;
}

function groups(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

/// Markdown. `gasPrice` in wei, `deposit` in BTT.
export function tables(gas, gasPrice, deposit) {
  const of = (name) => {
    if (gas[name] === undefined) throw new Error(`gas.json has no "${name}"`);
    return BigInt(gas[name]);
  };
  const btt = (amount, parts = 1n) => decimal(amount * gasPrice, BTT * parts);
  const step = (name, who, amount, parts = 1n) => `| ${name} | ${who} | ${groups((amount + parts / 2n) / parts)} | ${btt(amount, parts)} |`;

  // In fiftieths of a channel, so that shares stay whole.
  const open = of("openNative") * BATCH;
  const alone = { claim: of("claim x1, first of the channels") * BATCH, settle: of("settle") * BATCH };
  const batch = { claim: of("claim x50, first of the channels"), settle: of("settle") };
  const exits = { refund: of("refundWithSignature, the rest") * BATCH, withdrawal: (of("initiateWithdraw") + of("finalizeWithdraw, the rest")) * BATCH };
  const percent = (amount) => `${decimal(amount * gasPrice * 100n, BTT * BATCH * deposit)} %`;
  const smallest = (amount) => groups((SENSIBLE * amount * gasPrice + BTT * BATCH - 1n) / (BTT * BATCH));
  const way = (name, { claim, settle }, exit) => {
    const brought = claim + settle;
    return `| ${name} | ${percent(brought)} | ${percent(open + brought)} | ${percent(open + brought + exit)} | ${smallest(open + brought)} |`;
  };

  return [
    "| step | who pays | gas | BTT |",
    "|---|---|---:|---:|",
    step("open, native BTT", "payer", of("openNative")),
    step("open, ERC-20 (without `approve`)", "payer", of("depositFrom")),
    step("top up, native BTT", "payer", of("openNative, top-up")),
    step("claim ×1", "relay", of("claim x1, first of the channels")),
    step("claim ×10, per channel", "relay", of("claim x10, first of the channels"), 10n),
    step("claim ×50, per channel", "relay", of("claim x50, first of the channels"), BATCH),
    step("claim ×50 by signature, per channel", "watchtower", of("claimWithSignature x50"), BATCH),
    step("settle, for any number of claims", "anyone", of("settle")),
    step("refund of the rest, signed by the relay: closed by agreement", "payer", of("refundWithSignature, the rest")),
    step("withdraw the rest: initiate and finalize", "payer", of("initiateWithdraw") + of("finalizeWithdraw, the rest")),
    "",
    `| of ${groups(deposit)} BTT in a channel | claim and settle | with open | with open and close | smallest sensible deposit, BTT |`,
    "|---|---:|---:|---:|---:|",
    way("claimed and settled alone, closed by refund", alone, exits.refund),
    way("claimed with 49 others, settled once for all, closed by refund", batch, exits.refund),
    way("the same, closed by withdrawal", batch, exits.withdrawal),
  ].join("\n");
}
