import { equal, test } from "./suite.mjs";
import { NATIVE, salt } from "./world.mjs";

test("settle: keeps tokens apart", async (w) => {
  const native = await w.open(600n);
  const token = await w.openToken(600n);
  equal(await w.run(w.relay, "claim", [w.row(native, 100n), w.row(token, 30n)]), "ok");
  equal(await w.run(w.stranger, "settle", token.receiver, w.token), "ok");
  equal(await w.holdings(w.token, token.receiver), 30n);
  equal([await w.unsettled(token.receiver, w.token), await w.unsettled(native.receiver)], [0n, 100n]);
});

test("settle: earnings outlive the channel that brought them", async (w) => {
  const config = await w.open(600n);
  equal(await w.run(w.relay, "claim", [w.row(config, 100n)]), "ok");
  equal(await w.run(w.relay, "refund", config, 500n), "ok");
  equal((await w.state(config)).closed, true);
  equal(await w.holdings(NATIVE), 100n);
  equal(await w.run(w.stranger, "settle", config.receiver, NATIVE), "ok");
  equal(await w.holdings(NATIVE), 0n);
});

test("settle: of nothing has no effect, for whatever receiver and token", async (w) => {
  equal(await w.run(w.stranger, "settle", w.stranger.address, w.stranger.address), "ok");
  equal(w.events(), []);
});

test("settle: a receiver that does not take its money holds up nobody else, and gets it later", async (w) => {
  const refusing = await w.deploy("RefusingAccount");
  const config = await w.open(600n, { receiver: refusing });
  const other = await w.open(600n, { salt: salt(2) });
  equal(await w.run(w.relay, "claim", [w.row(config, 100n), w.row(other, 100n)]), "ok");
  equal(await w.run(w.stranger, "settle", refusing, NATIVE), "payment_refused");
  equal(await w.unsettled(refusing), 100n);
  equal(await w.run(w.relay, "claimAndSettle", [w.row(config, 150n)]), "payment_refused");
  equal(await w.unsettled(refusing), 100n);
  equal(await w.run(w.stranger, "settle", other.receiver, NATIVE), "ok");
  equal(await w.runAt(refusing, "RefusingAccount", w.stranger, { method: "setOpen", args: [true] }), "ok");
  equal(await w.run(w.stranger, "settle", refusing, NATIVE), "ok");
  equal(await w.holdings(NATIVE, refusing), 100n);
});
