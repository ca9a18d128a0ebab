import { equal, test } from "./suite.mjs";
import { HOUR, MAX, NATIVE, salt } from "./world.mjs";

async function initiate(w, config, amount) {
  equal(await w.run(w.payer, "initiateWithdraw", config, amount), "ok");
  return Number((await w.state(config)).finalizeAfter);
}

async function finalizeAt(w, config, time, who = w.stranger) {
  await w.chain.at(time);
  return w.run(who, "finalizeWithdraw", config);
}

test("withdraw: waits for the channel's delay to the second", async (w) => {
  const config = await w.open(600n);
  equal(await w.run(w.payer, "finalizeWithdraw", config), "withdraw_not_pending");
  const ready = await initiate(w, config, 400n);
  equal(w.events(), [
    ["WithdrawInitiated", { channelId: w.idOf(config), receiver: config.receiver, amount: 400n, finalizeAfter: BigInt(ready) }],
  ]);
  equal(ready, (await w.chain.now()) + HOUR);
  equal(await w.read("pendingWithdrawals", w.idOf(config)), { amount: 400n, initiatedAt: BigInt(ready - HOUR) });
  const before = await w.holdings(NATIVE, config.payer);
  equal(await finalizeAt(w, config, ready - 1), "withdraw_too_early");
  equal(await finalizeAt(w, config, ready), "ok");
  equal(w.events(), [["WithdrawFinalized", { channelId: w.idOf(config), receiver: config.receiver, amount: 400n }]]);
  equal((await w.holdings(NATIVE, config.payer)) - before, 400n);
  equal(await w.state(config), { balance: 200n, totalClaimed: 0n, pendingWithdraw: 0n, finalizeAfter: 0n, closed: false });
  equal(await w.read("pendingWithdrawals", w.idOf(config)), { amount: 0n, initiatedAt: 0n });
  equal(await w.run(w.payer, "finalizeWithdraw", config), "withdraw_not_pending");
});

test("withdraw: only the payer's side may initiate, one at a time, what is not claimed", async (w) => {
  const config = await w.open(600n);
  for (const who of [w.receiver, w.relay, w.stranger]) equal(await w.run(who, "initiateWithdraw", config, 1n), "withdraw_not_payer");
  equal(await w.run(w.payer, "initiateWithdraw", config, 0n), "withdraw_nothing");
  equal(await w.run(w.relay, "claim", [w.row(config, 100n)]), "ok");
  equal(await w.run(w.payer, "initiateWithdraw", config, 501n), "withdraw_above_unclaimed");
  equal(await w.run(w.session, "initiateWithdraw", config, 500n), "ok");
  equal(await w.run(w.payer, "initiateWithdraw", config, 1n), "withdraw_pending");
  const never = w.config({ salt: salt(77), withdrawDelay: 2 ** 40 - 1 });
  equal(await w.run(w.payer, "initiateWithdraw", never, 1n), "withdraw_above_unclaimed");
});

test("withdraw: anyone may finalize and only the payer is paid", async (w) => {
  const config = await w.open(600n);
  const ready = await initiate(w, config, 600n);
  const before = await w.holdings(NATIVE, config.payer);
  equal(await finalizeAt(w, config, ready + 12345, w.receiver), "ok");
  equal((await w.holdings(NATIVE, config.payer)) - before, 600n);
});

test("withdraw: of a token pays the token", async (w) => {
  const config = await w.openToken(600n);
  const ready = await initiate(w, config, 600n);
  equal(await finalizeAt(w, config, ready), "ok");
  equal(await w.holdings(w.token, config.payer), 600n);
});

test("withdraw: a relay that claims within the delay is paid first, the payer gets the rest", async (w) => {
  const config = await w.open(600n);
  const ready = await initiate(w, config, 600n);
  await w.chain.at(ready - 1);
  equal(await w.run(w.relay, "claim", [w.row(config, 250n)]), "ok");
  equal(await finalizeAt(w, config, ready), "ok");
  equal(w.events()[0][1].amount, 350n);
  equal(await w.unsettled(config.receiver), 250n);
});

test("withdraw: a relay that is late may still claim until somebody finalizes, and not after", async (w) => {
  const config = await w.open(600n);
  const voucher = w.row(config, 600n);
  const ready = await initiate(w, config, 500n);
  await w.chain.at(ready + HOUR);
  equal(await w.run(w.relay, "claim", [w.row(config, 50n)]), "ok");
  equal(await w.run(w.stranger, "finalizeWithdraw", config), "ok");
  equal(await w.run(w.relay, "claim", [voucher]), "claim_above_balance");
  equal(await w.run(w.relay, "claim", [{ ...voucher, totalClaimed: 100n }]), "ok");
});

test("close: a channel emptied by a withdrawal is closed for good", async (w) => {
  const config = await w.open(600n);
  const ready = await initiate(w, config, 600n);
  equal(await finalizeAt(w, config, ready), "ok");
  equal(w.eventNames(), ["WithdrawFinalized", "ChannelClosed"]);
  await mustBeClosed(w, config);
});

test("close: by a refund, which ends a pending withdrawal too", async (w) => {
  const config = await w.open(600n);
  await initiate(w, config, 100n);
  equal(await w.run(w.relay, "refund", config, 600n), "ok");
  equal(w.eventNames(), ["Refunded", "ChannelClosed"]);
  await mustBeClosed(w, config);
});

test("close: by a refund of what claims have left, although more was to be withdrawn", async (w) => {
  const config = await w.open(600n);
  await initiate(w, config, 600n);
  equal(await w.run(w.relay, "claim", [w.row(config, 450n)]), "ok");
  equal(await w.run(w.relay, "refund", config, 150n), "ok");
  await mustBeClosed(w, config);
});

test("close: by a withdrawal that claims have left nothing for", async (w) => {
  const config = await w.open(600n);
  const ready = await initiate(w, config, 600n);
  equal(await w.run(w.relay, "claim", [w.row(config, 600n)]), "ok");
  equal(await finalizeAt(w, config, ready), "ok");
  equal(w.events().map(([name, { amount }]) => [name, amount]), [["WithdrawFinalized", 0n], ["ChannelClosed", undefined]]);
  await mustBeClosed(w, config);
});

test("close: a token's channel closes in the same way", async (w) => {
  const config = await w.openToken(600n);
  equal(await w.run(w.relay, "refund", config, MAX), "ok");
  await w.mint(w.token, "TestToken", w.payer, 1n);
  equal(await w.run(w.payer, "depositFrom", config, 1n), "channel_closed");
});

test("close: a channel that claims have used up stays open", async (w) => {
  const config = await w.open(600n);
  equal(await w.run(w.relay, "claim", [w.row(config, 600n)]), "ok");
  equal(await w.run(w.relay, "refund", config, 1n), "ok");
  equal(w.events(), []);
  equal((await w.state(config)).closed, false);
  equal(await w.pay(w.payer, 100n, "openNative", config), "ok");
  equal(w.eventNames(), ["Deposited"]);
  equal(await w.run(w.relay, "claim", [w.row(config, 700n)]), "ok");
});

async function mustBeClosed(w, config) {
  const { closed, pendingWithdraw, finalizeAfter, balance, totalClaimed } = await w.state(config);
  equal([closed, pendingWithdraw, finalizeAfter, balance - totalClaimed], [true, 0n, 0n, 0n]);
  equal(await w.pay(w.payer, 1000n, "openNative", config), "channel_closed");
  equal(await w.run(w.relay, "claim", [w.row(config, totalClaimed + 1n)]), "claim_above_balance");
  equal(await w.run(w.payer, "initiateWithdraw", config, 1n), "withdraw_above_unclaimed");
  equal(await w.run(w.payer, "finalizeWithdraw", config), "withdraw_not_pending");
  const before = await w.holdings(NATIVE);
  equal(await w.run(w.relay, "refund", config, 1n), "ok");
  equal(await w.holdings(NATIVE), before);
  equal(await w.pay(w.payer, 1000n, "openNative", { ...config, salt: salt(99) }), "ok");
}
