import { load } from "../packages.mjs";
import { equal, test } from "./suite.mjs";
import { Domain, sign } from "./typed_data.mjs";
import { salt } from "./world.mjs";

const { Signature, getBytes, hexlify, toBeHex } = load("ethers");
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/// The ways to spoil a good signature, and what is said to each.
function spoiled(signature) {
  const { r, s, v, compactSerialized } = Signature.from(signature);
  const of = (rValue, sValue, vValue) => hexlify(new Uint8Array([...getBytes(toBeHex(rValue, 32)), ...getBytes(toBeHex(sValue, 32)), vValue]));
  const other = v === 27 ? 28 : 27;
  return [
    ["high s", of(r, ORDER - BigInt(s), other), "signature_high_s"],
    ["v 0 or 1", of(r, s, v - 27), "signature_v"],
    ["v 29", of(r, s, 29), "signature_v"],
    ["EIP-2098", compactSerialized, "signature_length"],
    ["one byte more", `${signature}00`, "signature_length"],
    ["nothing", "0x", "signature_length"],
    ["r zero", of(0n, s, v), "signature_range"],
    ["s zero", of(r, 0n, v), "signature_range"],
    ["r the order", of(ORDER, s, v), "signature_range"],
    ["s the order", of(r, ORDER, v), "signature_range"],
    ["r no point's x", of(5n, s, v), "signature_unrecoverable"],
    ["the other v", of(r, s, other), "signature_of_another_key"],
  ];
}

test("signature: of a voucher counts in its one form only", async (w) => {
  const config = await w.open(600n);
  const good = w.row(config, 100n);
  for (const [what, signature, answer] of spoiled(good.signature)) equal(await w.run(w.relay, "claim", [{ ...good, signature }]), answer, what);
  equal(await w.run(w.relay, "claim", [good]), "ok");
});

test("signature: of a batch counts in its one form only", async (w) => {
  const config = await w.open(600n);
  const rows = [w.row(config, 100n)];
  for (const [what, signature, answer] of spoiled(w.batchSignature(rows))) {
    equal(await w.run(w.stranger, "claimWithSignature", rows, signature), answer, what);
  }
  equal(await w.run(w.stranger, "claimWithSignature", rows, w.batchSignature(rows)), "ok");
});

test("signature: of a refund counts in its one form only", async (w) => {
  const config = await w.open(600n);
  const signature = sign(w.relay.key, w.domain.refundDigest(w.idOf(config), 0n, 100n));
  for (const [what, bad, answer] of spoiled(signature)) {
    equal(await w.run(w.stranger, "refundWithSignature", config, 100n, 0n, bad), answer, what);
  }
  equal(await w.run(w.stranger, "refundWithSignature", config, 100n, 0n, signature), "ok");
});

test("signature: only the payer's session key signs vouchers", async (w) => {
  const config = await w.open(600n);
  for (const { key } of [w.payer, w.relay, w.receiver, w.stranger]) {
    equal(await w.run(w.relay, "claim", [w.row(config, 100n, 100n, key)]), "signature_of_another_key");
  }
});

test("replay: a voucher of another chain, contract, channel or epoch is worth nothing here", async (w) => {
  const config = await w.open(600n);
  const next = await w.open(600n, { salt: salt(2) });
  const good = w.row(config, 100n);
  const voucherOf = (domain, id) => ({ ...good, signature: sign(w.session.key, domain.voucherDigest(id, 100n)) });
  const elsewhere = [new Domain(199, w.contract), new Domain(1029, w.token)];
  for (const domain of elsewhere) {
    equal(await w.run(w.relay, "claim", [voucherOf(domain, domain.channelId(config))]), "signature_of_another_key");
    equal(await w.run(w.relay, "claim", [voucherOf(domain, w.idOf(config))]), "signature_of_another_key");
  }
  equal(await w.run(w.relay, "claim", [voucherOf(w.domain, w.idOf(next))]), "signature_of_another_key");
  equal(await w.run(w.relay, "claim", [{ ...good, voucher: { ...good.voucher, channel: next } }]), "signature_of_another_key");
});

test("replay: a second contract on the same chain has channels of its own", async (w) => {
  const config = await w.open(600n);
  const other = await w.deploy("BttChannels", config.token);
  equal(await w.runAt(other, "BttChannels", w.payer, { method: "openNative", args: [config], value: 600n }), "ok");
  const answer = await w.runAt(other, "BttChannels", w.relay, { method: "claim", args: [[w.row(config, 100n)]] });
  equal(answer, "signature_of_another_key");
});

test("replay: the contract follows the chain's id", async (w) => {
  const config = await w.open(600n);
  const row = w.row(config, 100n);
  const before = await w.read("getChannelId", config);
  await w.chain.rpc("anvil_setChainId", 199);
  const after = await w.read("getChannelId", config);
  await w.chain.rpc("anvil_setChainId", 1029);
  equal([before, after], [w.idOf(config), new Domain(199, w.contract).channelId(config)]);
  equal(await w.run(w.relay, "claim", [row]), "ok");
});

test("replay: one kind of message never passes for another", async (w) => {
  const config = await w.open(600n);
  const id = w.idOf(config);
  const refundAsVoucher = { ...w.row(config, 100n), signature: sign(w.session.key, w.domain.refundDigest(id, 0n, 100n)) };
  equal(await w.run(w.relay, "claim", [refundAsVoucher]), "signature_of_another_key");
  const voucherAsRefund = sign(w.relay.key, w.domain.voucherDigest(id, 100n));
  equal(await w.run(w.stranger, "refundWithSignature", config, 100n, 0n, voucherAsRefund), "signature_of_another_key");
  const rows = [w.row(config, 100n)];
  equal(await w.run(w.stranger, "claimWithSignature", rows, voucherAsRefund), "signature_of_another_key");
});
