// A random history: several payers and relays with channels in three kinds of money act on contract and model alike. After every call both must
// have said the same, and hold the same, to the last unit.
import { Model } from "./model.mjs";
import { Random } from "./random.mjs";
import { equal } from "./suite.mjs";
import { sign } from "./typed_data.mjs";
import { HOUR, MAX, NATIVE, ZERO, salt } from "./world.mjs";

const START = 10n ** 24n;
const TOKENS = { TestToken: "token", FeeToken: "feeToken" };

const WEIGHTS = ["deposit", "deposit", "deposit", "claim", "claim", "claim", "claimBySignature", "claimBySignature", "settle", "initiate", "initiate",
  "finalize", "finalize", "refund", "refundBySignature"];

export class History {
  /// `ofLedger`: only what the embedded ledger has too, which is one token, and no claimAndSettle.
  static async begin(world, seed, ofLedger = false) {
    const history = new History();
    Object.assign(history, { world, random: new Random(seed), ofLedger, calls: 0, taken: 0, reasons: new Map(), kinds: WEIGHTS });
    history.feeToken = await world.deploy("FeeToken");
    history.token = world.token;
    history.people = ["payer", "session", "receiver", "relay", "stranger", "payer2", "session2", "receiver2", "relay2"].map((name) => world[name]);
    const feeOf = (token, amount) => (token === history.feeToken ? (amount + 99n) / 100n : 0n);
    const ids = new Map();
    history.model = new Model((config) => {
      const key = JSON.stringify(config);
      if (!ids.has(key)) ids.set(key, world.idOf(config));
      return ids.get(key);
    }, feeOf);
    history.configs = history.makeConfigs();
    await history.fund();
    history.now = await world.chain.now();
    return history;
  }

  makeConfigs() {
    const w = this.world;
    const second = { payer: w.payer2.address, payerAuthorizer: w.session2.address };
    const other = { receiver: w.receiver2.address, receiverAuthorizer: w.relay2.address };
    const changes = [{}, { ...second, withdrawDelay: 900 }, { ...other }, { ...second, receiver: w.receiver2.address }];
    const tokens = this.ofLedger ? [NATIVE] : [NATIVE, this.token, this.feeToken];
    return tokens.flatMap((token, t) => changes.map((change, c) => w.config({ token, salt: salt(10 * t + c), ...change })));
  }

  async fund() {
    const w = this.world;
    for (const { address } of this.people) {
      await w.chain.give(address, START);
      this.model.money.set(`${address} ${NATIVE}`, START);
    }
    for (const [name, member] of Object.entries(TOKENS)) {
      for (const who of [w.payer, w.payer2, w.stranger]) {
        await w.mint(this[member], name, who, START);
        this.model.money.set(`${who.address} ${this[member]}`, START);
      }
    }
  }

  /// Small, so that histories meet the edges: nothing, all, one more.
  amount() {
    if (this.random.rarely(15)) return this.random.one([0n, 1n, MAX]);
    return 1n + BigInt(this.random.below(this.random.one([10, 500, 500])));
  }

  config() {
    const config = this.random.one(this.configs);
    return this.random.rarely(6) ? { ...config, salt: salt(100 + this.random.below(3)) } : config;
  }

  row() {
    const { random, world } = this;
    const config = this.config();
    const { claimed, balance } = this.model.channel(config);
    const total = random.rarely(8) ? this.amount() : smallest(claimed + BigInt(random.below(60)), random.rarely(8) ? MAX : balance);
    const ceiling = random.rarely(8) ? this.amount() : smallest(total + BigInt(random.below(10)), MAX);
    const session = config.payer === world.payer.address ? world.session : world.session2;
    const good = !random.rarely(12);
    return { config, ceiling, total, good, row: world.row(config, ceiling, total, good ? session.key : world.stranger.key) };
  }

  rows() {
    const rows = Array.from({ length: this.random.one([1, 1, 2, 3]) }, () => this.row());
    if (this.random.rarely(40)) return [];
    // Mostly rows that one authorizer may claim together.
    const { receiverAuthorizer } = rows[0].config;
    return this.random.rarely(6) ? rows : rows.filter(({ config }) => config.receiverAuthorizer === receiverAuthorizer);
  }

  side(first, second) {
    if (this.random.rarely(8)) return this.random.one(this.people);
    const chosen = this.random.one([first, second]);
    return this.people.find(({ address }) => address === chosen);
  }

  /// {from, method, args, value, expected()}: what is to be done, and what the model says to it at `now`.
  next() {
    const { random, model, world } = this;
    const config = this.config();
    const { receiver, receiverAuthorizer, payer, payerAuthorizer, token } = config;
    const kinds = {
      deposit: () => {
        const from = random.one([world.payer, world.payer2, world.stranger]);
        const broken = random.rarely(20) ? { ...config, [random.one(["payer", "receiver", "payerAuthorizer", "receiverAuthorizer"])]: ZERO } : config;
        const odd = random.rarely(20) ? { ...broken, withdrawDelay: random.one([0, 899, 2_592_001]) } : broken;
        const native = random.rarely(15) && !this.ofLedger ? token !== NATIVE : token === NATIVE;
        const amount = native ? smallest(this.amount(), START / 1000n) : this.amount();
        const call = native ? { method: "openNative", args: [odd], value: amount } : { method: "depositFrom", args: [odd, amount] };
        return { from, ...call, expected: () => model.deposit(from.address, odd, amount, native) };
      },
      claim: () => {
        const rows = this.rows();
        const from = this.side(rows[0]?.config.receiver ?? receiver, rows[0]?.config.receiverAuthorizer ?? receiverAuthorizer);
        const thenSettle = random.rarely(3) && !this.ofLedger;
        const expected = () => model.claim(from.address, rows, undefined, thenSettle);
        return { from, method: thenSettle ? "claimAndSettle" : "claim", args: [rows.map(({ row }) => row)], expected };
      },
      claimBySignature: () => {
        const rows = this.rows();
        const good = !random.rarely(8);
        const authorizer = this.people.find(({ address }) => address === (rows[0]?.config ?? config).receiverAuthorizer);
        const args = [rows.map(({ row }) => row)];
        args.push(world.batchSignature(args[0], good ? authorizer.key : world.stranger.key));
        return { from: world.stranger, method: "claimWithSignature", args, expected: () => model.claim(world.stranger.address, rows, good) };
      },
      settle: () => ({ from: world.stranger, method: "settle", args: [receiver, token], expected: () => model.settle(receiver, token) }),
      initiate: () => {
        const from = this.side(payer, payerAuthorizer);
        const { balance, claimed } = model.channel(config);
        const amount = random.one([this.amount(), balance - claimed, (balance - claimed) / 2n]) || this.amount();
        return { from, method: "initiateWithdraw", args: [config, amount], expected: () => model.initiate(from.address, config, amount, this.now) };
      },
      finalize: () => {
        const pending = [...model.channels.values()].filter((channel) => channel.pending > 0n);
        if (pending.length === 0 && !random.rarely(6)) return kinds.initiate();
        const chosen = pending.length > 0 && !random.rarely(6) ? random.one(pending).config : config;
        return { from: random.one(this.people), method: "finalizeWithdraw", args: [chosen], expected: () => model.finalize(chosen, this.now) };
      },
      refund: () => {
        const from = this.side(receiver, receiverAuthorizer);
        const amount = random.rarely(3) ? MAX : this.amount();
        return { from, method: "refund", args: [config, amount], expected: () => model.refund(from.address, config, amount) };
      },
      refundBySignature: () => {
        const good = !random.rarely(8);
        const nonce = random.rarely(6) ? BigInt(random.below(3)) : model.channel(config).nonce;
        const amount = this.amount();
        const signer = good ? this.people.find(({ address }) => address === receiverAuthorizer) : world.stranger;
        const args = [config, amount, nonce, sign(signer.key, world.domain.refundDigest(model.idOf(config), nonce, amount))];
        const expected = () => model.refund(world.stranger.address, config, amount, { nonce, good });
        return { from: world.stranger, method: "refundWithSignature", args, expected };
      },
    };
    return kinds[random.one(this.kinds)]();
  }

  async step() {
    const { random, world } = this;
    const call = this.next();
    this.now += random.one([1, 1, 1, 60, HOUR]);
    await world.chain.at(this.now);
    const expected = call.expected();
    const outcome = await world.runAt(world.contract, "BttChannels", call.from, call);
    equal(outcome, expected, `${call.method} by ${call.from.name}: ${outcome}, the model says ${expected}`);
    this.calls += 1;
    this.taken += outcome === "ok" ? 1 : 0;
    this.reasons.set(outcome, (this.reasons.get(outcome) ?? 0) + 1);
    // What was refused cannot have changed anything; the end of the history tells it if it did.
    if (outcome === "ok") await this.compare(configsIn(call.args).map((config) => this.model.idOf(config)));
    return { ...call, outcome };
  }

  /// Everybody's money, and what else the model knows of the channels `ids`, against the chain, in one request.
  async compare(ids = [...this.model.channels.keys()]) {
    const { model, world } = this;
    const questions = [];
    const ask = (to, name, method, args, ...expected) => questions.push({ to, abi: world.abi(name), method, args, expected });
    const contract = (...about) => ask(world.contract, "BttChannels", ...about);
    for (const id of new Set(ids)) {
      const channel = model.channels.get(id);
      contract("channelState", [id], channel.balance, channel.claimed, channel.pending, BigInt(channel.ready), channel.closed);
      contract("pendingWithdrawals", [id], channel.pending, BigInt(channel.initiated));
      contract("refundNonce", [id], channel.nonce);
    }
    for (const [key, { claimed, settled }] of model.earnings) contract("receivers", key.split(" "), claimed, settled);
    for (const token of [this.token, this.feeToken]) {
      equal(model.has("contract", token), model.owed(token), "the model's own sums");
      for (const { address } of this.people) ask(token, "TestToken", "balanceOf", [address], model.has(address, token));
      ask(token, "TestToken", "balanceOf", [world.contract], model.owed(token));
    }
    equal(model.has("contract", NATIVE), model.owed(NATIVE), "the model's own sums");
    const natives = [[world.contract, model.owed(NATIVE)], ...this.people.map(({ address }) => [address, model.has(address, NATIVE)])];
    const answers = await world.chain.rpcBatch([
      ...questions.map(({ to, abi, method, args }) => ["eth_call", { to, data: abi.encodeFunctionData(method, args) }, "latest"]),
      ...natives.map(([address]) => ["eth_getBalance", address, "latest"]),
    ]);
    questions.forEach(({ abi, method, args, expected }, i) => {
      const values = [...abi.decodeFunctionResult(method, answers[i])];
      equal(values, expected, `${method}(${args}) is ${values}, the model says ${expected}`);
    });
    natives.forEach(([address, expected], i) => equal(BigInt(answers[questions.length + i]), expected, `native money of ${address}`));
  }
}

function configsIn(args) {
  return args.flatMap((arg) => (Array.isArray(arg) ? arg.map(({ voucher }) => voucher.channel) : arg.payer ? [arg] : []));
}

function smallest(a, b) {
  return a < b ? a : b;
}
