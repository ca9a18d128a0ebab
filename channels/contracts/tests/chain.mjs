// One anvil process and what tests ask of it. Every account is unlocked; time moves only when a test moves it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { load } from "../packages.mjs";
import { rpc, rpcBatch } from "../rpc.mjs";

const GAS = 12_000_000;
const OF_A_PANIC = "0x4e487b71";
const OF_A_TEXT = "0x08c379a0";

function anvilProgram() {
  const machine = { x64: "amd64" }[process.arch] ?? process.arch;
  return load.resolve(`@foundry-rs/anvil-${process.platform}-${machine}/bin/anvil`);
}

export class Chain {
  /// BTTC's rules are Berlin's.
  static async start(chainId = 1029, hardfork = "berlin") {
    const options = ["--port", "0", "--chain-id", chainId, "--hardfork", hardfork, "--gas-price", "0", "--auto-impersonate", "--accounts", "1"];
    const chain = new Chain();
    chain.process = spawn(anvilProgram(), options.map(String), { stdio: ["ignore", "pipe", "inherit"] });
    process.once("exit", () => chain.process.kill("SIGKILL"));
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(1));
    const lines = createInterface({ input: chain.process.stdout });
    chain.url = await new Promise((found, ended) => {
      lines.on("line", (line) => line.startsWith("Listening on ") && found(`http://${line.slice("Listening on ".length)}`));
      chain.process.once("exit", (code) => ended(new Error(`anvil ended with code ${code} before it listened`)));
    });
    return chain;
  }

  async stop() {
    const ended = once(this.process, "exit");
    this.process.kill("SIGTERM");
    await ended;
  }

  async rpc(method, ...params) {
    return rpc(this.url, method, ...params);
  }

  async rpcBatch(calls) {
    return rpcBatch(this.url, calls);
  }

  /// Mines a legacy transaction. Gives its receipt, and of one that failed the bytes it reverted with.
  async send({ from, to, data = "0x", value = 0n, gas = GAS }) {
    const request = { from, to, data, value: `0x${value.toString(16)}`, gas: `0x${gas.toString(16)}`, gasPrice: "0x0" };
    const receipt = await this.rpc("eth_sendTransactionSync", request);
    const hash = receipt.transactionHash;
    const succeeded = receipt.status === "0x1";
    const reverted = succeeded ? undefined : (await this.rpc("debug_traceTransaction", hash, { tracer: "callTracer" })).output ?? "0x";
    return { hash, succeeded, reverted, gasUsed: Number(receipt.gasUsed), logs: receipt.logs, address: receipt.contractAddress };
  }

  async now() {
    return Number((await this.rpc("eth_getBlockByNumber", "latest", false)).timestamp);
  }

  /// The next transaction is mined at this time, in seconds.
  async at(time) {
    await this.rpc("evm_setNextBlockTimestamp", time);
  }

  async give(address, amount) {
    await this.rpc("anvil_setBalance", address, `0x${amount.toString(16)}`);
  }

  async balanceOf(address) {
    return BigInt(await this.rpc("eth_getBalance", address, "latest"));
  }
}

/// The name of a custom error, the text of a require(), or what else the bytes are.
export function reasonOf(reverted, abi) {
  if (reverted === "0x") return "reverted without a reason";
  if (reverted.startsWith(OF_A_TEXT)) return load("ethers").AbiCoder.defaultAbiCoder().decode(["string"], `0x${reverted.slice(10)}`)[0];
  if (reverted.startsWith(OF_A_PANIC)) return `panic ${Number(`0x${reverted.slice(10)}`)}`;
  return abi.parseError(reverted)?.name ?? reverted;
}
