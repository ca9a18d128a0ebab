// Writes the recorded history of the contract anew, after a change of its rules that is meant, or of what the record tries.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { RECORD, record } from "./tests/recorded_history.mjs";
import { makeWorld } from "./tests/world.mjs";

const world = await makeWorld();
const text = await record(world);
await world.chain.stop();
mkdirSync(dirname(RECORD), { recursive: true });
writeFileSync(RECORD, text);
console.log(`wrote ${RECORD}`);
