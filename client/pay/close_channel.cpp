#include "client/pay/close_channel.hpp"

#include <algorithm>

namespace ferry::client {

using base::Amount;
using base::Result;
using channels::PayerChannel;
using channels::PayerLedger;

namespace {

constexpr int kMostAsked = 10;

/// The last voucher goes with the question: without it a relay would not give back what it may still be owed.
Result<wire::CloseChannel> last_words(const base::ChannelId& id, const PayerChannel& channel, const CloseOrder& order, const MakeDurable& durable) {
  wire::CloseChannel message{channels::pack(channel.config), channel.confirmed, channel.last_ceiling(), std::nullopt};
  if (message.ceiling.is_zero()) return message;
  if (message.ceiling > channel.reserved_ceiling) {  // C2
    FERRY_CHECK(durable([&](PayerLedger&) -> Result<channels::Record> { return channels::ReserveCeilingRecord{id, message.ceiling}; }));
  }
  message.signature = channels::sign_voucher(order.domain_separator, id, message.ceiling, order.session).signature;
  FERRY_CHECK(durable([&](PayerLedger& book) -> Result<channels::Record> {
    book.signed_up_to(id, message.ceiling);
    return channels::SignedRecord{id, message.ceiling, {}, {}};
  }));
  return message;
}

Result<wire::CloseSigned> ask_until_free(const wire::CloseChannel& message, const CloseOrder& order, const Waiting& waiting) {
  for (int asked = 1;; ++asked) {
    auto answer = order.ask(message);
    const bool is_busy = !answer && answer.error().code == "channel_busy";
    if (!is_busy || asked == kMostAsked || waiting.cancelled()) return answer;
    pause(waiting.look_again, waiting);
  }
}

Result<void> check(const wire::CloseSigned& refund, const base::ChannelId& id, const PayerChannel& channel, const base::Hash256& domain_separator) {
  const auto digest = channels::refund_digest(domain_separator, id, refund.nonce, refund.amount);
  const auto genuine = base::check_signature(digest, refund.signature, channel.config.receiver_authorizer);
  if (refund.channel == id && genuine) return {};
  return base::fail(base::peer_fault("refund_forged", "the relay gives money back by a signature that no ledger takes: " +
                                                          (genuine ? "it is about another channel" : genuine.error().message)));
}

}  // namespace

Result<std::optional<WithdrawStep>> close_channel(chain::ChainBackend& ledger, const base::ChannelId& id, const PayerChannel& channel,
                                                  const CloseOrder& order, const MakeDurable& durable, base::Time now, const Waiting& waiting) {
  FERRY_CHECK(finish_recorded(ledger, id, channel, order.wallet, durable, waiting));
  FERRY_TRY(const auto before, refresh_channel(ledger, id, durable));
  if (before.closed || before.balance <= before.total_claimed) return WithdrawStep{};
  if (!before.pending_withdraw.is_zero() && now >= before.withdraw_at) return std::nullopt;
  PayerChannel known = channel;
  known.balance = before.balance;
  known.total_claimed = before.total_claimed;
  if (known.unspent().is_zero()) return known.closed ? std::optional(WithdrawStep{}) : std::nullopt;  // what is left is the relay's
  if (known.config.payer_authorizer != order.session.address()) {
    return base::fail(base::refusal("channel_of_another_key", "this device does not have the key that the relay knows the channel by"));
  }

  FERRY_TRY(const auto question, last_words(id, known, order, durable));
  FERRY_CHECK(durable([&](PayerLedger& book) { return book.sync(id, before.balance, before.total_claimed, true); }));
  FERRY_TRY(const auto refund, ask_until_free(question, order, waiting));
  FERRY_CHECK(check(refund, id, known, order.domain_separator));

  WithdrawStep step{WithdrawStep::Kind::refunded, {}, {}};
  const auto leave = [&](PayerLedger& book) -> Result<channels::Record> {
    // Signed before a crash and not in the journal: the relay shows it, as at the start of a session.
    FERRY_CHECK(book.resume(id, {{}, refund.ceiling, refund.ceiling_signature}));
    FERRY_TRY(const auto left, book.leave(id, before.balance.minus_floored(refund.amount)));
    step.adopted = std::get<channels::AdoptedRecord>(left).amount;
    return left;
  };
  FERRY_CHECK(durable(leave));
  const chain::RefundBySignature action{known.config, refund.amount, refund.nonce, refund.signature};
  FERRY_CHECK(take_out(ledger, id, action, order.wallet, durable, waiting));
  FERRY_TRY(const auto after, refresh_channel(ledger, id, durable));
  step.amount = before.balance.minus_floored(after.balance);
  return step;
}

}  // namespace ferry::client
