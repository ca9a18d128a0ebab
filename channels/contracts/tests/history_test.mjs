import { History } from "./history.mjs";
import { readRecord, record } from "./recorded_history.mjs";
import { equal, test } from "./suite.mjs";

const CALLS = 120;

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`history: contract and model agree, and no unit is lost, over ${CALLS} random calls (seed ${seed})`, async (w) => {
    const history = await History.begin(w, seed);
    for (let i = 0; i < CALLS; i += 1) await history.step();
    await history.compare();
    const kinds = [...history.reasons].map(([reason, count]) => `${reason} ${count}`).join(", ");
    console.log(`        ${kinds}`);
    equal(history.taken > CALLS / 4 && history.reasons.size > 8, true, `the history tries too little: ${kinds}`);
  });
}

test("history: the recorded one, which the embedded ledger repeats, is what the contract does", async (w) => {
  equal((await record(w)) === readRecord(), true, "tests/vectors/contract_history.json is older than the contract: node channels/contracts/update_history.mjs");
});
