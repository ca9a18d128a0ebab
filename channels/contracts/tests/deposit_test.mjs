import { equal, test } from "./suite.mjs";
import { MAX, NATIVE, ZERO, salt } from "./world.mjs";

test("deposit: native money opens a channel, more tops it up", async (w) => {
  const config = await w.open(600n);
  equal(w.eventNames(), ["ChannelCreated", "Deposited"]);
  const [, created] = w.events()[0];
  equal([created.channelId, created.receiver, created.payer], [w.idOf(config), config.receiver, config.payer]);
  const told = created.channel.toObject();
  equal({ ...told, withdrawDelay: Number(told.withdrawDelay) }, config);
  equal(await w.pay(w.payer, 100n, "openNative", config), "ok");
  equal(w.events(), [["Deposited", { channelId: w.idOf(config), receiver: config.receiver, amount: 100n, balance: 700n }]]);
  equal(await w.state(config), { balance: 700n, totalClaimed: 0n, pendingWithdraw: 0n, finalizeAfter: 0n, closed: false });
  equal(await w.holdings(NATIVE), 700n);
});

test("deposit: anyone may pay into another's channel", async (w) => {
  const config = await w.open(600n);
  equal(await w.pay(w.stranger, 50n, "openNative", config), "ok");
  equal((await w.state(config)).balance, 650n);
});

test("deposit: a token is taken from the sender as far as it approved", async (w) => {
  const config = await w.openToken(600n);
  equal(w.eventNames(), ["ChannelCreated", "Deposited"]);
  equal(await w.holdings(w.token), 600n);
  equal(await w.run(w.payer, "depositFrom", config, 1n), "panic 17");
  await w.mint(w.token, "TestToken", w.stranger, 50n);
  equal(await w.run(w.stranger, "depositFrom", config, 50n), "ok");
  equal((await w.state(config)).balance, 650n);
});

test("deposit: needs an amount and a complete config", async (w) => {
  const native = (changes) => w.pay(w.payer, 1n, "openNative", w.config(changes));
  const token = (changes) => w.run(w.payer, "depositFrom", w.config({ token: w.token, ...changes }), 1n);
  for (const deposit of [native, token]) {
    equal(await deposit({ payer: ZERO }), "channel_payer");
    equal(await deposit({ payerAuthorizer: ZERO }), "channel_authorizer");
    equal(await deposit({ receiver: ZERO }), "channel_receiver");
    equal(await deposit({ receiverAuthorizer: ZERO }), "channel_receiver_authorizer");
    equal(await deposit({ withdrawDelay: 899 }), "channel_delay");
    equal(await deposit({ withdrawDelay: 2_592_001 }), "channel_delay");
    equal(await deposit({ token: ZERO }), "channel_token");
    equal(await deposit({ token: w.stranger.address }), "channel_token");
  }
  equal(await native({ withdrawDelay: 900 }), "ok");
  equal(await native({ withdrawDelay: 2_592_000 }), "ok");
  equal(await native({ token: w.token }), "channel_token");
  equal(await token({ token: NATIVE }), "channel_token");
  equal(await w.pay(w.payer, 0n, "openNative", w.config()), "deposit_nothing");
  equal(await w.run(w.payer, "depositFrom", w.config({ token: w.token }), 0n), "deposit_nothing");
});

test("deposit: a contract without native token takes tokens only", async (w) => {
  const other = await w.deploy("BttChannels", ZERO);
  const call = (method, args, value) => w.runAt(other, "BttChannels", w.payer, { method, args, value });
  equal(await call("openNative", [w.config({ token: ZERO })], 1n), "channel_token");
  equal(await call("openNative", [w.config()], 1n), "channel_token");
  equal(await call("depositFrom", [w.config({ token: ZERO }), 1n]), "channel_token");
  equal(await call("settle", [w.receiver.address, ZERO]), "ok");
});

test("deposit: does not cancel a pending withdrawal", async (w) => {
  const config = await w.open(600n);
  equal(await w.run(w.payer, "initiateWithdraw", config, 300n), "ok");
  equal(await w.pay(w.payer, 100n, "openNative", config), "ok");
  equal((await w.state(config)).pendingWithdraw, 300n);
});

test("deposit: no balance counts beyond 128 bits", async (w) => {
  const config = await w.openToken(MAX);
  await w.mint(w.token, "TestToken", w.stranger, 1n);
  equal(await w.run(w.stranger, "depositFrom", config, 1n), "amount_too_large");
  await w.chain.give(w.payer.address, 2n ** 130n);
  equal(await w.pay(w.payer, MAX + 1n, "openNative", w.config()), "amount_too_large");
  equal(await w.pay(w.payer, MAX, "openNative", w.config()), "ok");
  equal(await w.pay(w.payer, 1n, "openNative", w.config()), "amount_too_large");
});

test("deposit: nobody earns beyond 128 bits either", async (w) => {
  const first = await w.openToken(MAX);
  const second = w.config({ token: w.token, salt: salt(2) });
  equal(await w.run(w.relay, "claim", [w.row(first, MAX)]), "ok");
  equal(await w.run(w.stranger, "settle", w.receiver.address, w.token), "ok");
  await w.mint(w.token, "TestToken", w.stranger, 1n);
  equal(await w.run(w.stranger, "depositFrom", second, 1n), "ok");
  equal(await w.run(w.relay, "claim", [w.row(second, 1n)]), "amount_too_large");
});

test("deposit: plain ether and unknown calls are refused", async (w) => {
  for (const data of ["0x", "0x12345678"]) {
    const sent = await w.chain.send({ from: w.payer.address, to: w.contract, value: 1n, data });
    equal([sent.succeeded, sent.reverted], [false, "0x"]);
  }
  const config = await w.open(1n);
  equal(await w.pay(w.receiver, 1n, "claim", [w.row(config, 1n)]), "reverted without a reason");
});

test("deposit: money that was forced upon the contract changes no account", async (w) => {
  const config = await w.open(600n);
  const data = `0x73${w.contract.slice(2)}ff`; // PUSH20 contract, SELFDESTRUCT
  equal((await w.chain.send({ from: w.stranger.address, data, value: 5n })).succeeded, true);
  equal(await w.holdings(NATIVE), 605n);
  equal(await w.run(w.relay, "refund", config, MAX), "ok");
  equal(await w.holdings(NATIVE), 5n);
  await w.chain.give(w.contract, 0n);
});
