import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SOURCE, artifact } from "../packages.mjs";
import { equal, test } from "./suite.mjs";
import { NATIVE, ZERO } from "./world.mjs";

async function deploy(...options) {
  const program = spawn(process.execPath, [join(SOURCE, "deploy.mjs"), ...options], { stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let said = "";
  program.stdout.on("data", (data) => (out += data));
  program.stderr.on("data", (data) => (said += data));
  const [code] = await once(program, "close");
  return { code, out, said };
}

async function withKey(key, run) {
  const folder = mkdtempSync(join(tmpdir(), "ferry-deploy-"));
  try {
    const file = join(folder, "key");
    writeFileSync(file, `${key}\n`, { mode: 0o600 });
    return await run(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("deploy: tells where the contract lies and what its code hashes to", async (w) => {
  await w.chain.give(w.payer.address, 10n ** 22n);
  await withKey(w.payer.key.slice(2), async (file) => {
    const { code, out, said } = await deploy("--rpc", w.chain.url, "--key-file", file);
    equal(code, 0, said);
    const told = JSON.parse(out);
    equal(told.codeHash, artifact("BttChannels").codeHashes[NATIVE]);
    equal([told.chainId, told.nativeToken], [1029, NATIVE]);
    equal(await w.readAt(told.address, "BttChannels", "nativeToken"), NATIVE);
    const transaction = await w.chain.rpc("eth_getTransactionByHash", told.transaction);
    equal([transaction.type, BigInt(transaction.gasPrice), Number(transaction.blockNumber)], ["0x0", 3n * 10n ** 14n, told.block]);
  });
});

test("deploy: takes another gas price and native token", async (w) => {
  await withKey(w.payer.key, async (file) => {
    const { code, out, said } = await deploy("--rpc", w.chain.url, "--key-file", file, "--native-token", "none", "--gas-price-floor", "7");
    equal(code, 0, said);
    const { transaction, codeHash } = JSON.parse(out);
    equal(codeHash, artifact("BttChannels").codeHashes[ZERO]);
    equal(BigInt((await w.chain.rpc("eth_getTransactionByHash", transaction)).gasPrice), 7n);
  });
});

test("deploy: says what is wrong", async (w) => {
  await withKey(w.payer.key, async (file) => {
    const at = ["--rpc", w.chain.url, "--key-file", file];
    const cases = [
      [[], 2, "--rpc and --key-file are needed"],
      [["--speed"], 2, "Unknown option"],
      [[...at, "--native-token", "0x12"], 2, "takes an address"],
      [[...at, "--gas-price-floor", "-1"], 2, "--gas-price-floor"],
      [["--rpc", "http://127.0.0.1:1", "--key-file", file], 1, "does not answer"],
      [[...at, "--gas-price-floor", `1${"0".repeat(20)}`], 1, "holds"],
      [["--rpc", w.chain.url, "--key-file", join(SOURCE, "package.json")], 1, "no secret key"],
    ];
    for (const [options, expected, text] of cases) {
      const { code, out, said } = await deploy(...options);
      equal([code, out, said.includes(text)], [expected, "", true], said);
    }
  });
});
