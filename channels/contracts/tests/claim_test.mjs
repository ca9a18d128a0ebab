import { equal, test } from "./suite.mjs";
import { MAX, NATIVE, salt } from "./world.mjs";

test("claim: moves money to the receiver's earnings, settling pays them out", async (w) => {
  const config = await w.open(600n);
  equal(await w.run(w.relay, "claim", [w.row(config, 250n, 200n)]), "ok");
  equal(w.events(), [["Claimed", { channelId: w.idOf(config), receiver: config.receiver, amount: 200n, totalClaimed: 200n }]]);
  equal(await w.read("channels", w.idOf(config)), { balance: 600n, totalClaimed: 200n });
  equal(await w.read("receivers", config.receiver, NATIVE), { totalClaimed: 200n, totalSettled: 0n });
  const before = await w.holdings(NATIVE, config.receiver);
  equal(await w.run(w.stranger, "settle", config.receiver, NATIVE), "ok");
  equal(w.events(), [["Settled", { token: NATIVE, receiver: config.receiver, amount: 200n }]]);
  equal((await w.holdings(NATIVE, config.receiver)) - before, 200n);
  equal(await w.run(w.stranger, "settle", config.receiver, NATIVE), "ok");
  equal(w.events(), []);
});

test("claim: is cumulative and never above ceiling or balance", async (w) => {
  const config = await w.open(600n);
  equal(await w.run(w.relay, "claim", [w.row(config, 200n, 201n)]), "claim_above_ceiling");
  equal(await w.run(w.relay, "claim", [w.row(config, 700n, 601n)]), "claim_above_balance");
  equal(await w.run(w.relay, "claim", [w.row(config, 700n, 600n)]), "ok");
  equal(await w.unsettled(config.receiver), 600n);
});

test("claim: a row that brings nothing new has no effect, whatever else is wrong with it", async (w) => {
  const config = await w.open(600n);
  equal(await w.run(w.relay, "claim", [w.row(config, 200n)]), "ok");
  const stale = { ...w.row(config, 100n, 200n), signature: "0x" };
  equal(await w.run(w.relay, "claim", [stale]), "ok");
  equal(w.events(), []);
  equal(await w.unsettled(config.receiver), 200n);
});

test("claim: by receiver or authorizer; by others with the authorizer's signature over the batch", async (w) => {
  const config = await w.open(600n);
  const rows = [w.row(config, 100n)];
  for (const who of [w.payer, w.session, w.stranger]) equal(await w.run(who, "claim", rows), "claim_not_receiver");
  equal(await w.run(w.receiver, "claim", rows), "ok");
  const more = [w.row(config, 200n)];
  equal(await w.run(w.stranger, "claimWithSignature", more, w.batchSignature(more, w.receiver.key)), "signature_of_another_key");
  equal(await w.run(w.stranger, "claimWithSignature", more, w.batchSignature(rows)), "signature_of_another_key");
  equal(await w.run(w.stranger, "claimWithSignature", more, w.batchSignature(more)), "ok");
  equal(await w.unsettled(config.receiver), 200n);
  equal(await w.run(w.stranger, "claimWithSignature", more, w.batchSignature(more)), "ok");
  equal(await w.unsettled(config.receiver), 200n);
});

test("claim: a batch signature covers amounts, order and channels of one authorizer", async (w) => {
  const one = await w.open(600n);
  const two = await w.open(600n, { salt: salt(2) });
  const other = await w.open(600n, { receiverAuthorizer: w.relay2.address });
  const rows = [w.row(one, 100n), w.row(two, 50n)];
  const signature = w.batchSignature(rows);
  const claim = (some) => w.run(w.stranger, "claimWithSignature", some, signature);
  equal(await claim([rows[1], rows[0]]), "signature_of_another_key");
  equal(await claim([rows[0]]), "signature_of_another_key");
  equal(await claim([rows[0], { ...rows[1], totalClaimed: 49n }]), "signature_of_another_key");
  equal(await claim([w.row(one, 101n, 100n), rows[1]]), "signature_of_another_key");
  const mixed = [rows[0], w.row(other, 10n)];
  equal(await w.run(w.stranger, "claimWithSignature", mixed, w.batchSignature(mixed)), "claim_other_authorizer");
  equal(await claim(rows), "ok");
  equal(await w.unsettled(one.receiver), 150n);
});

test("claim: a batch is all or nothing", async (w) => {
  const one = await w.open(600n);
  const two = await w.open(600n, { salt: salt(2) });
  equal(await w.run(w.relay, "claim", [w.row(one, 100n), w.row(two, 700n)]), "claim_above_balance");
  const other = await w.open(600n, { receiver: w.receiver2.address, receiverAuthorizer: w.relay2.address });
  equal(await w.run(w.relay, "claim", [w.row(one, 100n), w.row(other, 1n)]), "claim_not_receiver");
  equal(await w.unsettled(one.receiver), 0n);
});

test("claim: a channel named twice in a batch is paid once", async (w) => {
  const config = await w.open(600n);
  equal(await w.run(w.relay, "claim", [w.row(config, 100n), w.row(config, 100n), w.row(config, 150n)]), "ok");
  equal(w.eventNames(), ["Claimed", "Claimed"]);
  equal(await w.unsettled(config.receiver), 150n);
});

test("claim: takes from one to fifty rows", async (w) => {
  equal(await w.run(w.relay, "claim", []), "claim_nothing");
  equal(await w.run(w.stranger, "claimWithSignature", [], "0x"), "claim_nothing");
  const configs = [];
  for (let i = 1n; i <= 50n; i += 1n) configs.push(await w.open(100n, { salt: salt(i) }));
  const rows = configs.map((config, i) => w.row(config, BigInt(i + 1)));
  equal(await w.run(w.relay, "claim", [...rows, rows[0]]), "claim_too_many_rows");
  equal(await w.run(w.stranger, "claimWithSignature", [...rows, rows[0]], "0x"), "claim_too_many_rows");
  equal(await w.run(w.stranger, "claimWithSignature", rows, w.batchSignature(rows)), "ok");
  equal(w.events().length, 50);
  equal(await w.unsettled(w.receiver.address), 1275n);
});

test("claim: claimAndSettle pays each receiver and token of its rows", async (w) => {
  const native = await w.open(600n);
  const again = await w.open(600n, { salt: salt(2) });
  const other = await w.open(600n, { receiver: w.receiver2.address });
  const token = await w.openToken(600n);
  const rows = [w.row(native, 100n), w.row(again, 20n), w.row(other, 30n), w.row(token, 40n)];
  equal(await w.run(w.stranger, "claimAndSettle", rows), "claim_not_receiver");
  const before = [await w.holdings(NATIVE, native.receiver), await w.holdings(NATIVE, other.receiver)];
  equal(await w.run(w.relay, "claimAndSettle", rows), "ok");
  equal(w.eventNames(), ["Claimed", "Claimed", "Claimed", "Claimed", "Settled", "Settled", "Settled"]);
  equal((await w.holdings(NATIVE, native.receiver)) - before[0], 120n);
  equal((await w.holdings(NATIVE, other.receiver)) - before[1], 30n);
  equal(await w.holdings(w.token, token.receiver), 40n);
  equal(await w.run(w.relay, "claimAndSettle", []), "claim_nothing");
});

test("claim: nothing of a channel that never was, nor of another token's", async (w) => {
  const never = w.config({ salt: salt(77) });
  equal(await w.run(w.relay, "claim", [w.row(never, 10n)]), "claim_above_balance");
  equal(await w.run(w.relay, "claim", [w.row(never, MAX)]), "claim_above_balance");
  const config = await w.open(600n);
  equal(await w.run(w.relay, "claim", [w.row({ ...config, token: w.token }, 10n)]), "claim_above_balance");
});

test("claim: who names himself receiver of another's channel names another channel", async (w) => {
  const config = await w.open(600n);
  const stolen = { ...config, receiver: w.stranger.address, receiverAuthorizer: w.stranger.address };
  equal(await w.run(w.stranger, "claim", [w.row(stolen, 10n)]), "claim_above_balance");
  const mine = { ...w.row(config, 10n), voucher: { channel: stolen, maxClaimableAmount: 10n } };
  equal(await w.run(w.stranger, "claim", [mine]), "claim_above_balance");
});
