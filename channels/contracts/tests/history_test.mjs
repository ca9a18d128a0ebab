import { History } from "./history.mjs";
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
