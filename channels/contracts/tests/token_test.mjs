import { equal, test } from "./suite.mjs";
import { HOUR, MAX, NATIVE, salt } from "./world.mjs";

const REENTERED = "ReentrancyGuard: reentrant call";

test("token: one that takes a fee credits what arrived", async (w) => {
  const token = await w.deploy("FeeToken");
  const config = await w.openToken(1000n, token, "FeeToken");
  equal((await w.state(config)).balance, 990n);
  equal(w.events()[1][1].amount, 990n);
  equal(await w.run(w.relay, "claim", [w.row(config, 991n)]), "claim_above_balance");
  equal(await w.run(w.relay, "claimAndSettle", [w.row(config, 500n)]), "ok");
  equal(await w.holdings(token, config.receiver), 495n);
  equal(await w.run(w.relay, "refund", config, MAX), "ok");
  equal(await w.holdings(token, w.contract), 0n);
  equal(await w.run(w.payer, "depositFrom", w.config({ token, salt: salt(2) }), 1n), "panic 17");
});

test("token: one whose fee takes all opens nothing", async (w) => {
  const token = await w.deploy("FeeToken");
  await w.mint(token, "FeeToken", w.payer, 1n);
  equal(await w.run(w.payer, "depositFrom", w.config({ token }), 1n), "deposit_nothing");
});

test("token: one that says false moves nothing", async (w) => {
  const token = await w.deploy("FalseToken");
  const config = await w.openToken(600n, token, "FalseToken");
  const failed = "SafeERC20: ERC20 operation did not succeed";
  equal(await w.run(w.payer, "depositFrom", config, 1n), failed);
  equal(await w.run(w.relay, "claim", [w.row(config, 100n)]), "ok");
  const freeze = (on) => w.runAt(token, "FalseToken", w.stranger, { method: "freeze", args: [on] });
  equal(await freeze(true), "ok");
  equal(await w.run(w.stranger, "settle", config.receiver, token), failed);
  equal(await w.run(w.relay, "refund", config, 100n), failed);
  equal([await w.unsettled(config.receiver, token), (await w.state(config)).balance], [100n, 600n]);
  equal(await freeze(false), "ok");
  equal(await w.run(w.stranger, "settle", config.receiver, token), "ok");
});

test("token: one that returns nothing is taken", async (w) => {
  const token = await w.deploy("SilentToken");
  const config = await w.openToken(600n, token, "SilentToken");
  equal(await w.run(w.relay, "claimAndSettle", [w.row(config, 100n)]), "ok");
  equal(await w.run(w.relay, "refund", config, MAX), "ok");
  equal([await w.holdings(token, config.receiver), await w.holdings(token, config.payer)], [100n, 500n]);
});

test("token: one that only says that it moved opens nothing", async (w) => {
  const token = await w.deploy("LyingToken");
  equal(await w.run(w.payer, "depositFrom", w.config({ token }), 5n), "deposit_nothing");
});

/// Every function that changes something, as a call into the contract.
function everyCall(w, config) {
  const rows = [w.row(config, 300n)];
  return [
    ["openNative", [w.config()]],
    ["depositFrom", [config, 1n]],
    ["claim", [rows]],
    ["claimWithSignature", [rows, w.batchSignature(rows)]],
    ["claimAndSettle", [rows]],
    ["settle", [config.receiver, config.token]],
    ["initiateWithdraw", [config, 1n]],
    ["finalizeWithdraw", [config]],
    ["refund", [config, 1n]],
    ["refundWithSignature", [config, 1n, 0n, "0x"]],
  ].map(([method, args]) => [method, w.abi("BttChannels").encodeFunctionData(method, args)]);
}

async function calledBack(w, account, name) {
  const [calls, successes, answer] = await Promise.all(["calls", "successes", "answer"].map((method) => w.readAt(account, name, method)));
  const reason = answer === "0x" ? "" : Buffer.from(answer.slice(2), "hex").subarray(68).toString().replace(/\0+$/, "");
  return { calls, successes, reason };
}

test("reentrancy: a token cannot call back into any function, whatever moves it", async (w) => {
  const name = "ReentrantToken";
  for (const [method, payload] of everyCall(w, w.config({ token: w.token }))) {
    const token = await w.deploy(name);
    const config = await w.openToken(600n, token, name, { salt: salt(1) });
    equal(await w.run(w.payer, "initiateWithdraw", config, 100n), "ok");
    await w.mint(token, name, w.payer, 10n);
    equal(await w.runAt(token, name, w.stranger, { method: "aim", args: [w.contract, payload] }), "ok");
    equal(await w.run(w.payer, "depositFrom", config, 10n), "ok");
    equal(await w.run(w.relay, "claimAndSettle", [w.row(config, 50n)]), "ok");
    equal(await w.run(w.relay, "refund", config, 5n), "ok");
    await w.chain.at((await w.chain.now()) + HOUR);
    equal(await w.run(w.stranger, "finalizeWithdraw", config), "ok");
    equal(await calledBack(w, token, name), { calls: 4n, successes: 0n, reason: REENTERED }, method);
  }
});

test("reentrancy: nor can an account that is paid native money", async (w) => {
  const name = "ReentrantAccount";
  const account = await w.deploy(name);
  const config = await w.open(600n, { payer: account, receiver: account, payerAuthorizer: w.session.address });
  equal(await w.run(w.session, "initiateWithdraw", config, 100n), "ok");
  let total = 0n;
  for (const [method, payload] of everyCall(w, config)) {
    total += 10n;
    equal(await w.runAt(account, name, w.stranger, { method: "aim", args: [w.contract, payload] }), "ok");
    equal(await w.run(w.relay, "claimAndSettle", [w.row(config, total)]), "ok");
    equal(await w.run(w.relay, "refund", config, 1n), "ok");
    const { successes, reason } = await calledBack(w, account, name);
    equal([successes, reason], [0n, REENTERED], method);
  }
  await w.chain.at((await w.chain.now()) + HOUR);
  equal(await w.run(w.stranger, "finalizeWithdraw", config), "ok");
  equal((await calledBack(w, account, name)).calls, 21n);
  equal(await w.holdings(NATIVE, account), 100n + 10n + 90n);
});

test("reentrancy: an account that is paid may look, and sees the state after its payment", async (w) => {
  const name = "ReentrantAccount";
  const account = await w.deploy(name);
  const config = await w.open(600n, { receiver: account });
  const look = w.abi("BttChannels").encodeFunctionData("receivers", [account, NATIVE]);
  equal(await w.runAt(account, name, w.stranger, { method: "aim", args: [w.contract, look] }), "ok");
  equal(await w.run(w.relay, "claimAndSettle", [w.row(config, 200n)]), "ok");
  const seen = w.abi("BttChannels").decodeFunctionResult("receivers", await w.readAt(account, name, "answer"));
  equal(seen.toObject(), { totalClaimed: 200n, totalSettled: 200n });
});

test("token: contracts may be payer, receiver and authorizers of both sides", async (w) => {
  const account = await w.deploy("ReentrantAccount");
  const config = await w.open(600n, { receiver: account, receiverAuthorizer: account });
  const act = (method, args) => w.runAt(account, "ReentrantAccount", w.stranger, {
    method: "act",
    args: [w.contract, w.abi("BttChannels").encodeFunctionData(method, args)],
  });
  equal(await act("claimAndSettle", [[w.row(config, 100n)]]), "ok");
  equal(await act("refund", [config, 500n]), "ok");
  equal(await w.holdings(NATIVE, account), 100n);
});
