// A chain with the contract, a token of each kind, and people with keys. Tests act through run(), which gives "ok" or the reason of a refusal.
import { artifact, load } from "../packages.mjs";
import { Chain, reasonOf } from "./chain.mjs";
import { equal } from "./suite.mjs";
import { Domain, sign } from "./typed_data.mjs";

const { Interface, computeAddress, id, zeroPadValue, toBeHex } = load("ethers");

export const NATIVE = "0x0000000000000000000000000000000000001010";
export const ZERO = "0x0000000000000000000000000000000000000000";
export const MAX = 2n ** 128n - 1n;
export const HOUR = 3600;

export function person(name) {
  const key = id(`Ferry contract tests: ${name}`);
  return { name, key, address: computeAddress(key) };
}

export function salt(number) {
  return zeroPadValue(toBeHex(number), 32);
}

export class World {
  static async make(chain) {
    const world = new World();
    world.chain = chain;
    world.abis = {};
    for (const name of ["payer", "session", "receiver", "relay", "stranger", "payer2", "session2", "receiver2", "relay2"]) {
      world[name] = person(name);
      await chain.give(world[name].address, 10n ** 24n);
    }
    world.contract = await world.deploy("BttChannels", NATIVE);
    world.domain = world.domainOf(world.contract);
    world.token = await world.deploy("TestToken");
    world.firstBlock = await chain.rpc("eth_blockNumber");
    return world;
  }

  domainOf(contract, chainId) {
    return new Domain(chainId ?? 1029, contract);
  }

  abi(name) {
    this.abis[name] ??= new Interface(artifact(name).abi);
    return this.abis[name];
  }

  async deploy(name, ...args) {
    const data = artifact(name).bytecode + this.abi(name).encodeDeploy(args).slice(2);
    const made = await this.chain.send({ from: this.stranger.address, data });
    if (!made.succeeded) throw new Error(`${name} was not deployed: ${made.reverted}`);
    return made.address;
  }

  /// Calls `method` of the channel contract as `from`; `this.last` is what became of it.
  async run(from, method, ...args) {
    return this.runAt(this.contract, "BttChannels", from, { method, args });
  }

  async pay(from, value, method, ...args) {
    return this.runAt(this.contract, "BttChannels", from, { method, args, value });
  }

  async runAt(to, name, from, { method, args = [], value = 0n }) {
    const data = this.abi(name).encodeFunctionData(method, args);
    this.last = await this.chain.send({ from: from.address ?? from, to, data, value });
    return this.last.succeeded ? "ok" : reasonOf(this.last.reverted, this.abi("BttChannels"));
  }

  async read(method, ...args) {
    return this.readAt(this.contract, "BttChannels", method, ...args);
  }

  async readAt(to, name, method, ...args) {
    const abi = this.abi(name);
    const result = await this.chain.rpc("eth_call", { to, data: abi.encodeFunctionData(method, args) }, "latest");
    const values = abi.decodeFunctionResult(method, result);
    return values.length === 1 ? values[0] : values.toObject();
  }

  /// The events of the last transaction as [name, {argument: value}].
  events() {
    return this.eventsOf(this.last.logs);
  }

  eventsOf(logs) {
    return logs
      .filter((log) => log.address.toLowerCase() === this.contract.toLowerCase())
      .map((log) => this.abi("BttChannels").parseLog(log))
      .map((event) => [event.name, event.args.toObject()]);
  }

  eventNames() {
    return this.events().map(([name]) => name);
  }

  config(changes = {}) {
    return {
      payer: this.payer.address,
      payerAuthorizer: this.session.address,
      receiver: this.receiver.address,
      receiverAuthorizer: this.relay.address,
      token: NATIVE,
      withdrawDelay: HOUR,
      salt: salt(1),
      ...changes,
    };
  }

  /// A native channel with `amount` in it.
  async open(amount, changes = {}) {
    const config = this.config(changes);
    equal(await this.pay(this.payer, amount, "openNative", config), "ok");
    return config;
  }

  async mint(token, name, owner, amount) {
    equal(await this.runAt(token, name, this.stranger, { method: "mint", args: [owner.address, amount] }), "ok");
    equal(await this.runAt(token, name, owner, { method: "approve", args: [this.contract, amount] }), "ok");
  }

  /// A channel in `token` into which `amount` was paid.
  async openToken(amount, token = this.token, name = "TestToken", changes = {}) {
    const config = this.config({ token, ...changes });
    await this.mint(token, name, this.payer, amount);
    equal(await this.run(this.payer, "depositFrom", config, amount), "ok");
    return config;
  }

  row(channel, maxClaimableAmount, totalClaimed = maxClaimableAmount, key = this.session.key, domain = this.domain) {
    const signature = sign(key, domain.voucherDigest(domain.channelId(channel), maxClaimableAmount));
    return { voucher: { channel, maxClaimableAmount }, signature, totalClaimed };
  }

  batchSignature(rows, key = this.relay.key) {
    return sign(key, this.domain.claimBatchDigest(rows));
  }

  idOf(config) {
    return this.domain.channelId(config);
  }

  async state(config) {
    return this.read("channelState", this.idOf(config));
  }

  async unsettled(receiver, token = NATIVE) {
    const { totalClaimed, totalSettled } = await this.read("receivers", receiver, token);
    return totalClaimed - totalSettled;
  }

  async holdings(token, account = this.contract) {
    return token === NATIVE ? this.chain.balanceOf(account) : this.readAt(token, "TestToken", "balanceOf", account);
  }

  /// Finds all channels by their events and counts: what the contract holds is what it owes.
  async checkConservation() {
    const logs = await this.chain.rpc("eth_getLogs", { address: this.contract, fromBlock: this.firstBlock, toBlock: "latest" });
    const owed = new Map();
    const receivers = new Map();
    for (const [name, { channelId, channel }] of this.eventsOf(logs)) {
      if (name !== "ChannelCreated") continue;
      const { balance, totalClaimed } = await this.read("channels", channelId);
      if (totalClaimed > balance) throw new Error(`channel ${channelId} has ${totalClaimed} claimed of ${balance}`);
      owed.set(channel.token, (owed.get(channel.token) ?? 0n) + balance - totalClaimed);
      receivers.set(channel.receiver + channel.token, channel);
    }
    for (const { receiver, token } of receivers.values()) owed.set(token, owed.get(token) + (await this.unsettled(receiver, token)));
    for (const [token, amount] of owed) equal(await this.holdings(token), amount, `what is held of ${token}`);
  }
}

export async function makeWorld() {
  return World.make(await Chain.start());
}
