// Compiles the contract and what its tests need, and writes one JSON file for each into the build directory. Does nothing when the sources,
// the settings and the compiler are those of the last time.
import { existsSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { BUILT, SOURCE, load } from "./packages.mjs";

// BTTC's public client knows no later rules: no PUSH0, no transient storage.
const SETTINGS = {
  evmVersion: "berlin",
  optimizer: { enabled: true, runs: 1_000_000 },
  viaIR: true, // about a tenth less gas for a claim than the older pipeline
  // Neither paths nor comments have a part in the code, so its hash is that of its meaning.
  metadata: { bytecodeHash: "none", appendCBOR: false },
  outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "evm.deployedBytecode.immutableReferences"] } },
};
const FOLDERS = ["", "tests/solidity/"];
const BTTC_NATIVE_TOKEN = "0x0000000000000000000000000000000000001010";
const NO_NATIVE_TOKEN = "0x0000000000000000000000000000000000000000";

function sources() {
  const found = {};
  for (const folder of FOLDERS) {
    for (const name of readdirSync(join(SOURCE, folder)).sort()) {
      if (name.endsWith(".sol")) found[folder + name] = { content: readFileSync(join(SOURCE, folder, name), "utf8") };
    }
  }
  return found;
}

function readImport(path) {
  try {
    return { contents: readFileSync(join(BUILT, "node_modules", path), "utf8") };
  } catch (error) {
    return { error: error.message };
  }
}

function compile(solc, input) {
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readImport }));
  // A warning without a place is about the old EVM version, which is meant.
  const ours = (output.errors ?? []).filter((entry) => entry.severity === "error" || entry.sourceLocation?.file.startsWith("@") === false);
  for (const entry of ours) console.error(entry.formattedMessage);
  if (ours.length > 0) throw new Error("the contracts do not compile without a warning");
  return output.contracts;
}

/// The places of immutables in the deployed code as [start, length].
function immutablesOf(deployed) {
  return Object.values(deployed.immutableReferences ?? {}).flat().map(({ start, length }) => [start, length]);
}

/// The hash of the code as it lies on a chain whose native token is `token`.
function codeHash(deployed, token, keccak256) {
  const code = Buffer.from(deployed.object, "hex");
  const word = Buffer.from(token.slice(2).padStart(64, "0"), "hex");
  for (const [start, length] of immutablesOf(deployed)) word.copy(code, start, 32 - length);
  return keccak256(code);
}

function artifactOf(name, contract) {
  const { keccak256 } = load("ethers");
  const deployed = contract.evm.deployedBytecode;
  const written = {
    contract: name,
    abi: contract.abi,
    bytecode: `0x${contract.evm.bytecode.object}`,
    deployedBytecode: `0x${deployed.object}`,
  };
  if (name === "BttChannels") {
    written.immutables = immutablesOf(deployed);
    written.codeHashes = Object.fromEntries([BTTC_NATIVE_TOKEN, NO_NATIVE_TOKEN].map((token) => [token, codeHash(deployed, token, keccak256)]));
  }
  return written;
}

function writeWhole(path, text) {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

const input = { language: "Solidity", sources: sources(), settings: SETTINGS };
const mark = join(BUILT, "compiled");
const fingerprint = createHash("sha256")
  .update(JSON.stringify(input) + readFileSync(join(SOURCE, "package-lock.json")) + readFileSync(join(SOURCE, "compile.mjs")))
  .digest("hex");

if (readIfThere(mark) !== fingerprint || !existsSync(join(BUILT, "BttChannels.json"))) {
  const contracts = compile(load("solc"), input);
  for (const path of Object.keys(input.sources)) {
    for (const [name, contract] of Object.entries(contracts[path] ?? {})) {
      if (contract.evm.bytecode.object) writeWhole(join(BUILT, `${name}.json`), `${JSON.stringify(artifactOf(name, contract), null, 1)}\n`);
    }
  }
  writeWhole(mark, fingerprint);
}
console.log(join(BUILT, "BttChannels.json"));
