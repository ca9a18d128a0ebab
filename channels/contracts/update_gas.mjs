// Writes gas.json anew, after a change of the contract that is meant to change what calls cost.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { SOURCE } from "./packages.mjs";
import { measure } from "./tests/measure_gas.mjs";
import { makeWorld } from "./tests/world.mjs";

const world = await makeWorld();
const gas = await measure(world);
await world.chain.stop();
const path = join(SOURCE, "gas.json");
writeFileSync(path, `${JSON.stringify(gas, null, 2)}\n`);
console.log(`wrote ${path}`);
