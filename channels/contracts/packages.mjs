// Where what is built lies, and the npm packages there: channels/contracts/build installs them outside the source tree, so they are not
// found by an ordinary import.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const SOURCE = dirname(fileURLToPath(import.meta.url));
export const BUILT = join(process.env.FERRY_BUILD_ROOT ? resolve(process.env.FERRY_BUILD_ROOT) : resolve(SOURCE, "../../build"), "contracts");

if (!existsSync(join(BUILT, "node_modules"))) {
  console.error(`no npm packages in ${BUILT}: run channels/contracts/build first`);
  process.exit(1);
}

export const load = createRequire(join(BUILT, "package.json"));

/// What compile.mjs wrote of a contract: {abi, bytecode, deployedBytecode, immutables, codeHashes}.
export function artifact(name) {
  return JSON.parse(readFileSync(join(BUILT, `${name}.json`), "utf8"));
}
