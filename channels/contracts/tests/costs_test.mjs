import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULTS, readGas, tables } from "../cost_tables.mjs";
import { SOURCE } from "../packages.mjs";
import { equal, test } from "./suite.mjs";

const START = "<!-- channels/contracts/costs.mjs: a test compares -->\n";
const END = "\n<!-- end -->";

test("costs: docs/payments.md holds what the script prints", async () => {
  const text = readFileSync(join(SOURCE, "../../docs/payments.md"), "utf8");
  const [before, rest] = text.split(START);
  const said = rest?.split(END)[0];
  const printed = execFileSync(process.execPath, [join(SOURCE, "costs.mjs")], { encoding: "utf8" }).trimEnd();
  equal([before.length > 0, said], [true, printed], "docs/payments.md is older than gas.json: put in it what node channels/contracts/costs.mjs prints");
});

test("costs: follow the price of gas and the deposit", async () => {
  const gas = { ...readGas(), openNative: 100_000 };
  const cell = (text, row, column) => text.split("\n").find((line) => line.startsWith(`| ${row}`)).split("|")[column].trim();
  const usual = tables(gas, DEFAULTS.gasPrice, DEFAULTS.deposit);
  equal([cell(usual, "open, native", 3), cell(usual, "open, native", 4)], ["100,000", "30.00"]);
  equal(cell(tables(gas, DEFAULTS.gasPrice / 3n, 1000n), "open, native", 4), "10.00");
  const share = (text) => Number(cell(text, "the same, closed", 3).replace(" %", ""));
  equal(Math.abs(share(usual) - 10 * share(tables(gas, DEFAULTS.gasPrice, 10_000n))) < 0.1, true);
});
