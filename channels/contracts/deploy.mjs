// Deploys the channel contract and prints one line of JSON; see --help.
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { artifact, load } from "./packages.mjs";
import { rpc } from "./rpc.mjs";

const { Transaction, Wallet, AbiCoder, getCreateAddress, keccak256 } = load("ethers");

const USAGE = `usage: node channels/contracts/deploy.mjs --rpc URL --key-file FILE [options]

Deploys BttChannels with a legacy (EIP-155) transaction, waits for its receipt, compares the code that lies on the chain with the one that
was compiled, and prints {address, chainId, nativeToken, codeHash, block, transaction, gasUsed} as one line of JSON.

  --rpc URL                 the node's JSON-RPC over HTTP
  --key-file FILE           the deployer's secret key, 64 hexadecimal digits; it has no power over the contract afterwards
  --native-token ADDRESS    what stands for the chain's own coin (default 0x0000000000000000000000000000000000001010, BTTC's); none: ERC-20 only
  --gas-price-floor WEI     pay at least this much per gas (default 300000000000000 on BTTC, chains 199 and 1029; 0 elsewhere)
  --timeout SECONDS         how long to wait for the receipt (default 120)

Run channels/contracts/build first. Exit code: 0 deployed, 1 failed, 2 wrong arguments, 3 sent and not known what became of it.`;

const BTTC = [199n, 1029n];
const BTTC_FLOOR = 300_000_000_000_000n;
const ZERO = `0x${"0".repeat(40)}`;
const POLL_MS = 250;

class WrongArguments extends Error {}
class Unknown extends Error {}

function readArguments() {
  const text = { type: "string" };
  let values;
  try {
    ({ values } = parseArgs({
      options: { rpc: text, "key-file": text, "native-token": text, "gas-price-floor": text, timeout: text, help: { type: "boolean", short: "h" } },
    }));
  } catch (error) {
    throw new WrongArguments(error.message);
  }
  if (values.help) return values;
  if (!values.rpc || !values["key-file"]) throw new WrongArguments("--rpc and --key-file are needed");
  const token = values["native-token"] ?? "0x0000000000000000000000000000000000001010";
  if (token !== "none" && !/^0x[0-9a-fA-F]{40}$/.test(token)) throw new WrongArguments("--native-token takes an address or none");
  for (const name of ["gas-price-floor", "timeout"]) {
    if (values[name] !== undefined && !/^[0-9]{1,30}$/.test(values[name])) throw new WrongArguments(`--${name} takes a whole number`);
  }
  return { ...values, token: token === "none" ? ZERO : token.toLowerCase() };
}

function readKey(file) {
  const text = readFileSync(file, "utf8").trim();
  if (!/^(0x)?[0-9a-fA-F]{64}$/.test(text)) throw new Error(`${file} holds no secret key: 64 hexadecimal digits are expected`);
  return new Wallet(text.startsWith("0x") ? text : `0x${text}`);
}

function expectedCode({ deployedBytecode, immutables }, token) {
  const code = Buffer.from(deployedBytecode.slice(2), "hex");
  for (const [start, length] of immutables) Buffer.from(token.slice(2).padStart(2 * length, "0"), "hex").copy(code, start);
  return `0x${code.toString("hex")}`;
}

async function receiptOf(url, hash, timeoutMs) {
  for (const end = Date.now() + timeoutMs; Date.now() < end; await pause(POLL_MS)) {
    const receipt = await rpc(url, "eth_getTransactionReceipt", hash);
    if (receipt) return receipt;
  }
  throw new Unknown(`no receipt of ${hash} yet: ask the node for it before you deploy again`);
}

async function deploy({ rpc: url, token, timeout, ...options }) {
  const compiled = artifact("BttChannels");
  const wallet = readKey(options["key-file"]);
  const data = compiled.bytecode + AbiCoder.defaultAbiCoder().encode(["address"], [token]).slice(2);
  const chainId = BigInt(await rpc(url, "eth_chainId"));
  const asked = options["gas-price-floor"];
  const floor = asked !== undefined ? BigInt(asked) : BTTC.includes(chainId) ? BTTC_FLOOR : 0n;
  const offered = BigInt(await rpc(url, "eth_gasPrice"));
  const gasPrice = offered > floor ? offered : floor;
  const gasLimit = (BigInt(await rpc(url, "eth_estimateGas", { from: wallet.address, data })) * 11n) / 10n;
  const nonce = Number(await rpc(url, "eth_getTransactionCount", wallet.address, "pending"));
  const held = BigInt(await rpc(url, "eth_getBalance", wallet.address, "latest"));
  if (held < gasLimit * gasPrice) throw new Error(`${wallet.address} holds ${held} wei, deploying may take ${gasLimit * gasPrice}`);

  const signed = await wallet.signTransaction(Transaction.from({ type: 0, chainId, nonce, gasPrice, gasLimit, data }));
  const hash = keccak256(signed);
  console.error(`sending ${hash}`);
  const receipt = await rpc(url, "eth_sendRawTransaction", signed)
    .then(() => receiptOf(url, hash, Number(timeout ?? 120) * 1000))
    .catch((error) => {
      throw new Unknown(error.message);
    });
  if (receipt.status !== "0x1") throw new Error(`the transaction ${hash} failed`);

  const address = getCreateAddress({ from: wallet.address, nonce });
  const code = await rpc(url, "eth_getCode", address, "latest");
  if (code !== expectedCode(compiled, token)) throw new Error(`the code at ${address} is not the one that was compiled`);
  return {
    address,
    chainId: Number(chainId),
    nativeToken: token,
    codeHash: keccak256(code),
    block: Number(receipt.blockNumber),
    transaction: hash,
    gasUsed: Number(receipt.gasUsed),
  };
}

try {
  const options = readArguments();
  console.log(options.help ? USAGE : JSON.stringify(await deploy(options)));
} catch (error) {
  console.error(`deploy: ${error.message}${error instanceof WrongArguments ? "; see --help" : ""}`);
  process.exitCode = error instanceof WrongArguments ? 2 : error instanceof Unknown ? 3 : 1;
}
