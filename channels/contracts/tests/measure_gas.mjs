// What each call costs in gas: whole transactions under Berlin's rules, with the 21,000 of every transaction and its calldata, amounts of
// real size.
import { load } from "../packages.mjs";
import { equal } from "./suite.mjs";
import { sign } from "./typed_data.mjs";
import { HOUR, MAX, NATIVE } from "./world.mjs";

const { id } = load("ethers");
const BTT = 10n ** 18n;
const DEPOSIT = 1000n * BTT;

/// {name: gas}. Leaves the chain changed.
export async function measure(world) {
  const gas = {};
  const note = (name, outcome) => {
    equal(outcome, "ok", name);
    gas[name] = world.last.gasUsed;
  };
  await deposits(world, note);
  await claims(world, note);
  await exits(world, note);
  return gas;
}

async function deposits(w, note) {
  const native = w.config({ salt: id("native") });
  note("openNative", await w.pay(w.payer, DEPOSIT, "openNative", native));
  note("openNative, top-up", await w.pay(w.payer, DEPOSIT, "openNative", native));
  await w.mint(w.token, "TestToken", w.payer, 10n * DEPOSIT);
  const other = w.config({ salt: id("another's token"), token: w.token });
  equal(await w.run(w.payer, "depositFrom", other, DEPOSIT), "ok"); // the contract holds some of the token from here on
  const token = w.config({ salt: id("token"), token: w.token });
  note("depositFrom", await w.run(w.payer, "depositFrom", token, DEPOSIT));
  note("depositFrom, top-up", await w.run(w.payer, "depositFrom", token, DEPOSIT));
}

async function openMany(w, name, count) {
  const configs = [];
  for (let i = 0; i < count; i += 1) configs.push(await w.open(DEPOSIT, { salt: id(`${name} ${i}`) }));
  return configs;
}

/// Rows that take a little more each `round`.
function rowsOf(w, configs, round) {
  return configs.map((config, i) => {
    const total = (123_456_789_012n + BigInt(i)) * 10n ** 9n * round;
    return w.row(config, total + 987_654_321n, total);
  });
}

async function claims(w, note) {
  const [earliest] = await openMany(w, "earliest", 1);
  note("claim x1, the receiver's first", await w.run(w.relay, "claim", rowsOf(w, [earliest], 1n)));
  for (const count of [1, 10, 50]) {
    const configs = await openMany(w, `claimed ${count}`, count);
    note(`claim x${count}, first of the channels`, await w.run(w.relay, "claim", rowsOf(w, configs, 1n)));
    note(`claim x${count}, later`, await w.run(w.relay, "claim", rowsOf(w, configs, 2n)));
    const rows = rowsOf(w, configs, 3n);
    note(`claimWithSignature x${count}`, await w.run(w.stranger, "claimWithSignature", rows, w.batchSignature(rows)));
    note(`claimAndSettle x${count}`, await w.run(w.relay, "claimAndSettle", rowsOf(w, configs, 4n)));
  }
  await w.chain.give(w.receiver.address, 0n);
  equal(await w.run(w.relay, "claim", rowsOf(w, [earliest], 2n)), "ok");
  note("settle, to an account that never held money", await w.run(w.stranger, "settle", w.receiver.address, NATIVE));
  equal(await w.run(w.relay, "claim", rowsOf(w, [earliest], 3n)), "ok");
  note("settle", await w.run(w.stranger, "settle", w.receiver.address, NATIVE));
  const token = w.config({ salt: id("token"), token: w.token });
  equal(await w.run(w.relay, "claim", rowsOf(w, [token], 1n)), "ok");
  note("settle, first of a token", await w.run(w.stranger, "settle", w.receiver.address, w.token));
  equal(await w.run(w.relay, "claim", rowsOf(w, [token], 2n)), "ok");
  note("settle, of a token", await w.run(w.stranger, "settle", w.receiver.address, w.token));
}

async function exits(w, note) {
  const [part, whole, refunded] = await openMany(w, "left", 3);
  equal(await w.run(w.relay, "claim", rowsOf(w, [part, whole, refunded], 1n)), "ok");
  const rest = DEPOSIT / 2n;
  for (const [config, name] of [[part, "part"], [whole, "the rest"]]) {
    const amount = name === "part" ? rest : DEPOSIT - (await w.read("channels", w.idOf(config))).totalClaimed;
    note("initiateWithdraw", await w.run(w.payer, "initiateWithdraw", config, amount));
    await w.chain.at((await w.chain.now()) + HOUR);
    note(`finalizeWithdraw, ${name}`, await w.run(w.payer, "finalizeWithdraw", config));
  }
  note("refund, part", await w.run(w.relay, "refund", refunded, rest));
  note("refund, the rest", await w.run(w.relay, "refund", refunded, MAX));
  const [open, closed] = await openMany(w, "signed", 2);
  equal(await w.run(w.relay, "claim", rowsOf(w, [open, closed], 1n)), "ok");
  for (const [config, name] of [[open, "part"], [closed, "the rest"]]) {
    const amount = name === "part" ? rest : DEPOSIT - (await w.read("channels", w.idOf(config))).totalClaimed;
    const signature = sign(w.relay.key, w.domain.refundDigest(w.idOf(config), 0n, amount));
    note(`refundWithSignature, ${name}`, await w.run(w.payer, "refundWithSignature", config, amount, 0n, signature));
  }
}
