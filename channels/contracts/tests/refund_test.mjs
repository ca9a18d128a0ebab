import { equal, test } from "./suite.mjs";
import { MAX, NATIVE, salt } from "./world.mjs";
import { sign } from "./typed_data.mjs";

test("refund: the receiver's side pays back at once, at most what is not claimed", async (w) => {
  const config = await w.open(600n);
  for (const who of [w.payer, w.session, w.stranger]) equal(await w.run(who, "refund", config, 1n), "refund_not_receiver");
  equal(await w.run(w.relay, "refund", config, 0n), "refund_nothing");
  equal(await w.run(w.relay, "claim", [w.row(config, 100n)]), "ok");
  const before = await w.holdings(NATIVE, config.payer);
  equal(await w.run(w.receiver, "refund", config, 200n), "ok");
  equal(w.events(), [["Refunded", { channelId: w.idOf(config), receiver: config.receiver, amount: 200n }]]);
  equal(await w.run(w.relay, "refund", config, 1000n), "ok");
  equal(w.eventNames(), ["Refunded", "ChannelClosed"]);
  equal((await w.holdings(NATIVE, config.payer)) - before, 500n);
});

test("refund: is taken off a pending withdrawal", async (w) => {
  const config = await w.open(600n);
  equal(await w.run(w.payer, "initiateWithdraw", config, 300n), "ok");
  const { finalizeAfter } = await w.state(config);
  equal(await w.run(w.relay, "refund", config, 100n), "ok");
  equal(await w.state(config), { balance: 500n, totalClaimed: 0n, pendingWithdraw: 200n, finalizeAfter, closed: false });
  equal(await w.run(w.relay, "refund", config, 250n), "ok");
  equal(await w.state(config), { balance: 250n, totalClaimed: 0n, pendingWithdraw: 0n, finalizeAfter: 0n, closed: false });
  equal(await w.run(w.payer, "initiateWithdraw", config, 250n), "ok");
});

test("refund: of what never was has no effect", async (w) => {
  const never = w.config({ salt: salt(77) });
  equal(await w.run(w.relay, "refund", never, 5n), "ok");
  equal(w.events(), []);
});

function refundSignature(w, config, nonce, amount, key = w.relay.key) {
  return sign(key, w.domain.refundDigest(w.idOf(config), nonce, amount));
}

test("refund: anyone may bring the authorizer's signature, once", async (w) => {
  const config = await w.open(600n);
  const bring = (amount, nonce, signature) => w.run(w.stranger, "refundWithSignature", config, amount, nonce, signature);
  const signature = refundSignature(w, config, 0n, 200n);
  equal(await bring(0n, 0n, signature), "refund_nothing");
  equal(await bring(201n, 0n, signature), "signature_of_another_key");
  equal(await bring(200n, 1n, signature), "refund_nonce");
  equal(await bring(200n, 0n, refundSignature(w, config, 0n, 200n, w.receiver.key)), "signature_of_another_key");
  equal(await bring(200n, 0n, refundSignature(w, { ...config, salt: salt(2) }, 0n, 200n)), "signature_of_another_key");
  equal(await bring(200n, 0n, signature), "ok");
  equal(await w.read("refundNonce", w.idOf(config)), 1n);
  equal((await w.state(config)).balance, 400n);
  equal(await bring(200n, 0n, signature), "refund_nonce");
  equal(await bring(200n, 1n, signature), "signature_of_another_key");
  equal(await bring(MAX, 1n, refundSignature(w, config, 1n, MAX)), "ok");
  equal(w.eventNames(), ["Refunded", "ChannelClosed"]);
});

test("refund: a signature that could move nothing is used up all the same", async (w) => {
  const config = await w.open(600n);
  equal(await w.run(w.relay, "claim", [w.row(config, 600n)]), "ok");
  const signature = refundSignature(w, config, 0n, 600n);
  equal(await w.run(w.stranger, "refundWithSignature", config, 600n, 0n, signature), "ok");
  equal(w.events(), []);
  equal(await w.pay(w.payer, 100n, "openNative", config), "ok");
  equal(await w.run(w.stranger, "refundWithSignature", config, 600n, 0n, signature), "refund_nonce");
});

test("refund: of a token pays the token", async (w) => {
  const config = await w.openToken(600n);
  equal(await w.run(w.relay, "refund", config, 200n), "ok");
  equal(await w.holdings(w.token, config.payer), 200n);
});

test("refund: a payer that does not take its money keeps it in the channel", async (w) => {
  const refusing = await w.deploy("RefusingAccount");
  const config = await w.open(600n, { payer: refusing });
  equal(await w.run(w.relay, "refund", config, 600n), "payment_refused");
  equal(await w.run(w.relay, "claim", [w.row(config, 100n)]), "ok");
  equal(await w.runAt(refusing, "RefusingAccount", w.stranger, { method: "setOpen", args: [true] }), "ok");
  equal(await w.run(w.relay, "refund", config, 500n), "ok");
  equal(await w.holdings(NATIVE, refusing), 500n);
});
