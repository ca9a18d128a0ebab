// Prints package-lock.json without what the packages say of node. anvil asks for node 20, for the sake of a launcher that is not used here:
// its program is native. npm of Debian 12, which has node 18, would leave it out without a word.
import { readFileSync } from "node:fs";

const lock = JSON.parse(readFileSync(new URL("package-lock.json", import.meta.url), "utf8"));
for (const [path, entry] of Object.entries(lock.packages)) if (path.includes("@foundry-rs/")) delete entry.engines;
console.log(JSON.stringify(lock));
