// Values of every width, and calls and signatures with flipped bits.
import { load } from "../packages.mjs";
import { Model } from "./model.mjs";
import { Random } from "./random.mjs";
import { equal, test } from "./suite.mjs";
import { MAX, NATIVE, salt } from "./world.mjs";

const { getBytes, hexlify } = load("ethers");
const SEED = 20_261;
const CHANNELS = 100; // three calls each

/// 0, 1, 2^128 - 1 and numbers of random width.
function wide(random) {
  return random.one([0n, 1n, MAX, MAX - 1n, random.bits(64), random.bits(120), random.bits(127), random.bits(128)]);
}

test(`fuzz: ${3 * CHANNELS} calls with amounts of any width do what the model says (seed ${SEED})`, async (w) => {
  const random = new Random(SEED);
  const model = new Model((config) => config.salt, () => 0n);
  equal(await w.runAt(w.token, "TestToken", w.payer, { method: "mint", args: [w.payer.address, 2n ** 140n] }), "ok");
  equal(await w.runAt(w.token, "TestToken", w.payer, { method: "approve", args: [w.contract, 2n ** 255n] }), "ok");
  model.money.set(`${w.payer.address} ${w.token}`, 2n ** 140n);
  const reasons = new Set();
  const same = (outcome, expected, what) => {
    reasons.add(`${what} ${outcome}`);
    equal(outcome, expected, `${what}: ${outcome}, the model says ${expected}`);
  };
  for (let i = 0; i < CHANNELS; i += 1) {
    const config = w.config({ token: w.token, salt: salt(i) });
    const deposit = wide(random);
    same(await w.run(w.payer, "depositFrom", config, deposit), model.deposit(w.payer.address, config, deposit, false), "depositFrom");
    const ceiling = random.rarely(2) ? wide(random) : deposit;
    const total = random.rarely(2) ? wide(random) : ceiling - (ceiling >> BigInt(random.below(128)));
    const rows = [{ config, ceiling, total, good: true }];
    same(await w.run(w.relay, "claim", [w.row(config, ceiling, total)]), model.claim(w.relay.address, rows), "claim");
    const amount = wide(random);
    same(await w.run(w.relay, "refund", config, amount), model.refund(w.relay.address, config, amount), "refund");
    const { balance, claimed, closed } = model.channel(config);
    equal(await w.state(config), { balance, totalClaimed: claimed, pendingWithdraw: 0n, finalizeAfter: 0n, closed });
  }
  equal(await w.holdings(w.token), model.owed(w.token));
  for (const met of ["depositFrom ok", "claim ok", "claim claim_above_ceiling", "claim claim_above_balance", "refund ok", "claim amount_too_large"]) {
    equal(reasons.has(met), true, `${met} was not met: ${[...reasons]}`);
  }
});

function withFlippedBits(random, hex, from) {
  const bytes = getBytes(hex).slice();
  for (let flips = 1 + random.below(3); flips > 0; flips -= 1) bytes[from + random.below(bytes.length - from)] ^= 1 << random.below(8);
  return hexlify(bytes);
}

test(`fuzz: no flipped bit in a claim brings more than was signed (seed ${SEED})`, async (w) => {
  const random = new Random(SEED);
  const config = await w.open(600n);
  const rows = [w.row(config, 100n, 60n)];
  const abi = w.abi("BttChannels");
  const calls = [
    [w.relay, abi.encodeFunctionData("claim", [rows])],
    [w.relay, abi.encodeFunctionData("claimAndSettle", [rows])],
    [w.stranger, abi.encodeFunctionData("claimWithSignature", [rows, w.batchSignature(rows)])],
  ];
  const before = await w.holdings(NATIVE);
  let refused = 0;
  for (let i = 0; i < 150; i += 1) {
    const [from, data] = random.one(calls);
    const sent = await w.chain.send({ from: from.address, to: w.contract, data: withFlippedBits(random, data, 4) });
    refused += sent.succeeded ? 0 : 1;
  }
  equal(refused > 50, true, `${refused} refused`);
  const { totalClaimed, balance } = await w.state(config);
  equal([totalClaimed <= 100n, balance], [true, 600n]);
  equal(before - (await w.holdings(NATIVE)) <= 100n, true);
});

test(`fuzz: no flipped bit in a voucher's signature leaves it good (seed ${SEED})`, async (w) => {
  const random = new Random(SEED);
  const config = await w.open(600n);
  const good = w.row(config, 100n);
  for (let i = 0; i < 100; i += 1) {
    const signature = random.rarely(4) ? random.bytes(65) : withFlippedBits(random, good.signature, 0);
    if (signature === good.signature) continue;
    const answer = await w.run(w.relay, "claim", [{ ...good, signature }]);
    equal(answer.startsWith("signature_"), true, `${answer}: ${signature}`);
  }
});

test(`fuzz: no flipped bit in a withdrawal or refund pays anybody but the payer (seed ${SEED})`, async (w) => {
  const random = new Random(SEED);
  const config = await w.open(600n);
  const abi = w.abi("BttChannels");
  equal(await w.run(w.payer, "initiateWithdraw", config, 100n), "ok");
  await w.chain.at((await w.chain.now()) + 3600);
  const calls = [
    [w.stranger, abi.encodeFunctionData("finalizeWithdraw", [config])],
    [w.relay, abi.encodeFunctionData("refund", [config, 10n])],
    [w.payer, abi.encodeFunctionData("initiateWithdraw", [config, 10n])],
  ];
  const before = (await w.holdings(NATIVE)) + (await w.holdings(NATIVE, config.payer));
  for (let i = 0; i < 100; i += 1) {
    const [from, data] = random.one(calls);
    await w.chain.send({ from: from.address, to: w.contract, data: withFlippedBits(random, data, 4) });
  }
  equal((await w.holdings(NATIVE)) + (await w.holdings(NATIVE, config.payer)), before);
});
