// Runs the tests of the channel contract on one anvil process; an argument restricts them by name. Last line: N passed, N failed.
import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { runAll } from "./suite.mjs";
import { makeWorld } from "./world.mjs";

const here = dirname(fileURLToPath(import.meta.url));
for (const name of readdirSync(here).sort()) {
  if (name.endsWith("_test.mjs")) await import(`./${name}`);
}
const world = await makeWorld();
const { passed, failed } = await runAll(world, process.argv[2] ?? "");
await world.chain.stop();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
