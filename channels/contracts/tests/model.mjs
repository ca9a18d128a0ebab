// The rules of docs/contract.md once more, in JavaScript and independent of the contract: predicts for every call whether it is taken or why it
// is refused, and what everybody has afterwards. Signatures are not computed here: rows say whether theirs is good.
import { MAX, NATIVE, ZERO } from "./world.mjs";

const DELAYS = [900, 2_592_000];
const MAX_ROWS = 50;

class Refused extends Error {}

function refuseIf(condition, reason) {
  if (condition) throw new Refused(reason);
}

function smaller(a, b) {
  return a < b ? a : b;
}

export class Model {
  /// `feeOf(token, amount)` is what a token keeps of a transfer.
  constructor(idOf, feeOf) {
    this.idOf = idOf;
    this.feeOf = feeOf;
    this.channels = new Map(); // id -> {config, balance, claimed, pending, initiated, ready, closed, nonce}
    this.earnings = new Map(); // receiver token -> {claimed, settled}
    this.money = new Map(); // account token -> amount; "contract" is an account
  }

  /// "ok", or the reason; then nothing has changed.
  apply(change) {
    const before = structuredClone([this.channels, this.earnings, this.money]);
    try {
      change();
      return "ok";
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      [this.channels, this.earnings, this.money] = before;
      return error.message;
    }
  }

  channel(config) {
    const id = this.idOf(config);
    if (!this.channels.has(id)) {
      this.channels.set(id, { config, balance: 0n, claimed: 0n, pending: 0n, initiated: 0, ready: 0, closed: false, nonce: 0n });
    }
    return this.channels.get(id);
  }

  earned(receiver, token) {
    const key = `${receiver} ${token}`;
    if (!this.earnings.has(key)) this.earnings.set(key, { claimed: 0n, settled: 0n });
    return this.earnings.get(key);
  }

  has(account, token) {
    return this.money.get(`${account} ${token}`) ?? 0n;
  }

  move(token, from, to, amount) {
    refuseIf(this.has(from, token) < amount, "panic 17");
    this.money.set(`${from} ${token}`, this.has(from, token) - amount);
    this.money.set(`${to} ${token}`, this.has(to, token) + amount - this.feeOf(token, amount));
  }

  deposit(from, config, amount, native) {
    return this.apply(() => {
      refuseIf(amount === 0n, "deposit_nothing");
      refuseIf(config.payer === ZERO, "channel_payer");
      refuseIf(config.payerAuthorizer === ZERO, "channel_authorizer");
      refuseIf(config.receiver === ZERO, "channel_receiver");
      refuseIf(config.receiverAuthorizer === ZERO, "channel_receiver_authorizer");
      refuseIf((config.token === NATIVE) !== native, "channel_token");
      refuseIf(config.withdrawDelay < DELAYS[0] || config.withdrawDelay > DELAYS[1], "channel_delay");
      const channel = this.channel(config);
      refuseIf(channel.closed, "channel_closed");
      this.move(config.token, from, "contract", amount);
      const arrived = amount - this.feeOf(config.token, amount);
      refuseIf(arrived === 0n, "deposit_nothing");
      refuseIf(channel.balance + arrived > MAX, "amount_too_large");
      channel.balance += arrived;
    });
  }

  /// Rows are {config, ceiling, total, good}; `batch` is undefined, or whether the batch signature is good.
  claim(from, rows, batch, thenSettle = false) {
    return this.apply(() => {
      refuseIf(rows.length === 0, "claim_nothing");
      refuseIf(rows.length > MAX_ROWS, "claim_too_many_rows");
      for (const { config } of rows) {
        const own = from === config.receiver || from === config.receiverAuthorizer;
        refuseIf(batch === undefined && !own, "claim_not_receiver");
        refuseIf(batch !== undefined && config.receiverAuthorizer !== rows[0].config.receiverAuthorizer, "claim_other_authorizer");
      }
      refuseIf(batch === false, "signature_of_another_key");
      for (const row of rows) this.claimRow(row);
      if (thenSettle) for (const { config } of rows) this.payOut(config.receiver, config.token);
    });
  }

  claimRow({ config, ceiling, total, good }) {
    const channel = this.channel(config);
    if (total <= channel.claimed) return;
    refuseIf(total > ceiling, "claim_above_ceiling");
    refuseIf(total > channel.balance, "claim_above_balance");
    refuseIf(!good, "signature_of_another_key");
    const earned = this.earned(config.receiver, config.token);
    refuseIf(earned.claimed + total - channel.claimed > MAX, "amount_too_large");
    earned.claimed += total - channel.claimed;
    channel.claimed = total;
  }

  payOut(receiver, token) {
    const earned = this.earned(receiver, token);
    const amount = earned.claimed - earned.settled;
    earned.settled = earned.claimed;
    this.move(token, "contract", receiver, amount);
  }

  settle(receiver, token) {
    return this.apply(() => this.payOut(receiver, token));
  }

  initiate(from, config, amount, now) {
    return this.apply(() => {
      refuseIf(from !== config.payer && from !== config.payerAuthorizer, "withdraw_not_payer");
      refuseIf(amount === 0n, "withdraw_nothing");
      const channel = this.channel(config);
      refuseIf(channel.pending > 0n, "withdraw_pending");
      refuseIf(amount > channel.balance - channel.claimed, "withdraw_above_unclaimed");
      Object.assign(channel, { pending: amount, initiated: now, ready: now + Number(config.withdrawDelay) });
    });
  }

  finalize(config, now) {
    return this.apply(() => {
      const channel = this.channel(config);
      refuseIf(channel.pending === 0n, "withdraw_not_pending");
      refuseIf(now < channel.ready, "withdraw_too_early");
      const amount = smaller(channel.pending, channel.balance - channel.claimed);
      channel.pending = 0n;
      this.leave(channel, amount);
    });
  }

  /// `signed` is undefined, or {nonce, good}.
  refund(from, config, amount, signed) {
    return this.apply(() => {
      refuseIf(!signed && from !== config.receiver && from !== config.receiverAuthorizer, "refund_not_receiver");
      refuseIf(amount === 0n, "refund_nothing");
      const channel = this.channel(config);
      if (signed) {
        refuseIf(signed.nonce !== channel.nonce, "refund_nonce");
        refuseIf(!signed.good, "signature_of_another_key");
        channel.nonce += 1n;
      }
      const paid = smaller(amount, channel.balance - channel.claimed);
      if (paid === 0n) return;
      channel.pending -= smaller(channel.pending, paid);
      this.leave(channel, paid);
    });
  }

  leave(channel, amount) {
    channel.balance -= amount;
    this.move(channel.config.token, "contract", channel.config.payer, amount);
    channel.closed = channel.balance === channel.claimed;
    if (channel.closed) channel.pending = 0n;
    if (channel.pending === 0n) Object.assign(channel, { initiated: 0, ready: 0 });
  }

  /// What the contract owes in a token.
  owed(token) {
    let sum = 0n;
    for (const { config, balance, claimed } of this.channels.values()) if (config.token === token) sum += balance - claimed;
    for (const [key, { claimed, settled }] of this.earnings) if (key.endsWith(` ${token}`)) sum += claimed - settled;
    return sum;
  }
}
