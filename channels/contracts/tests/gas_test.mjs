import { readGas } from "../cost_tables.mjs";
import { measure } from "./measure_gas.mjs";
import { equal, test } from "./suite.mjs";

const LARGEST_RISE_PERCENT = 5;
const HOW = "where the change is meant: node channels/contracts/update_gas.mjs, then the table of docs/payments.md by channels/contracts/costs.mjs";

/// What rose too much, and what else differs.
export function compare(snapshot, measured) {
  const risen = [];
  const changed = [];
  for (const [name, gas] of Object.entries(measured)) {
    const before = snapshot[name];
    const text = `${name}: ${before} -> ${gas}`;
    if (before === undefined || gas * 100 > before * (100 + LARGEST_RISE_PERCENT)) risen.push(text);
    else if (before !== gas) changed.push(text);
  }
  for (const name of Object.keys(snapshot)) if (measured[name] === undefined) risen.push(`${name} is not measured`);
  return { risen, changed };
}

test("gas: no call costs over 5 % more than in gas.json", async (w) => {
  const { risen, changed } = compare(readGas(), await measure(w));
  if (changed.length > 0) console.log(`        changed: ${changed.join("; ")}\n        ${HOW}`);
  equal(risen, [], `dearer than gas.json says: ${risen.join("; ")}; ${HOW}`);
});

test("gas: a rise over 5 %, a new call and a missing one are seen", async () => {
  equal(compare({ a: 1000, b: 1000, c: 1000 }, { a: 1050, b: 1051, d: 1 }), {
    risen: ["b: 1000 -> 1051", "d: undefined -> 1", "c is not measured"],
    changed: ["a: 1000 -> 1050"],
  });
});
