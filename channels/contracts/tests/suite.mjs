// The tests that were declared, and the running of them one after the other: each on the chain as the world was made, which is put back
// after it. After each test the money of all channels is counted.
import assert from "node:assert/strict";

const declared = [];

/// `run` is called with a World; it fails by throwing.
export function test(name, run) {
  declared.push({ name, run });
}

/// Compares what may hold BigInts.
export function equal(actual, expected, what = "") {
  assert.deepEqual(actual, expected, what || undefined);
}

export async function runAll(world, wanted) {
  let passed = 0;
  let failed = 0;
  for (const { name, run } of declared.filter((each) => each.name.includes(wanted))) {
    const snapshot = await world.chain.rpc("evm_snapshot");
    const start = Date.now();
    try {
      await run(world);
      await world.checkConservation();
      passed += 1;
      console.log(`ok      ${name} (${Date.now() - start} ms)`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${name}\n${error.stack ?? error}`);
    }
    await world.chain.rpc("evm_revert", snapshot);
  }
  return { passed, failed };
}
