// What gas.json means in BTT: prints the tables that docs/payments.md holds.
import { parseArgs } from "node:util";
import { DEFAULTS, readGas, tables } from "./cost_tables.mjs";

const USAGE = `usage: node channels/contracts/costs.mjs [--gas-price WEI] [--deposit BTT]

Prints as Markdown what each step of a channel's life costs, the smallest sensible deposit, and the share of a deposit that settlement takes.

  --gas-price WEI   per gas (default 300000000000000, what BTTC asks at least)
  --deposit BTT     of the channel whose overhead is told (default 1000)`;

function main() {
  const { values } = parseArgs({ options: { "gas-price": { type: "string" }, deposit: { type: "string" }, help: { type: "boolean", short: "h" } } });
  if (values.help) return USAGE;
  const [gasPrice, deposit] = [values["gas-price"] ?? DEFAULTS.gasPrice, values.deposit ?? DEFAULTS.deposit].map((value) => {
    if (!/^[1-9][0-9]{0,29}$/.test(String(value))) throw new Error(`${value} is not a whole number above zero`);
    return BigInt(value);
  });
  return tables(readGas(), gasPrice, deposit);
}

try {
  console.log(main());
} catch (error) {
  console.error(`costs: ${error.message}; see --help`);
  process.exitCode = 2;
}
