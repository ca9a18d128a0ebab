#include "client/pay/transaction.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "channels/chain/ledger_transaction.hpp"

namespace ferry::client {

using base::Result;
using Fate = chain::Outcome<chain::Receipt>;

namespace {

constexpr int kFewAttempts = 3;
constexpr base::Duration kNap{50};

base::Duration since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration_cast<base::Duration>(std::chrono::steady_clock::now() - start);
}

/// Waiting does not help: the user has to do something first.
bool needs_the_user(const base::Error& error) { return error.code == "no_fee_money"; }

Result<chain::Receipt> ask_for_fate(chain::ChainBackend& ledger, const chain::RawTransaction& transaction, const Waiting& waiting) {
  const auto start = std::chrono::steady_clock::now();
  base::Error last = base::environment("transaction_unknown", "the ledger did not say whether the transaction arrived");
  for (int attempt = 1;; ++attempt) {
    const auto asked = std::chrono::steady_clock::now();
    auto fate = ledger.submit(transaction);
    if (fate.is_ok()) return std::move(*fate.value);
    if (fate.kind == Fate::Kind::failed) return base::fail(std::move(*fate.error));
    if (fate.error) last.message = fate.error->message;
    const bool is_enough = waiting.patience == base::Duration{0} ? attempt >= kFewAttempts : since(start) >= waiting.patience;
    if (is_enough || waiting.cancelled() || (fate.error && needs_the_user(*fate.error))) break;
    if (waiting.patience == base::Duration{0}) continue;
    waiting.tell({transaction.id, since(start), fate.error.value_or(last)});
    pause(waiting.look_again - std::min(waiting.look_again, since(asked)), waiting);
  }
  last.message += "; the next attempt sends the same transaction again";
  return base::fail(std::move(last));
}

}  // namespace

void pause(base::Duration duration, const Waiting& waiting) {
  const auto start = std::chrono::steady_clock::now();
  while (since(start) < duration && !waiting.cancelled()) std::this_thread::sleep_for(std::min(kNap, duration));
}

chain::RawTransaction recorded_transaction(const base::Bytes& raw) { return {chain::transaction_id(base::ByteView{raw}), raw, {}}; }

Result<chain::Receipt> wait_for_fate(chain::ChainBackend& ledger, const base::ChannelId& channel, const chain::RawTransaction& transaction,
                                     const MakeDurable& durable, const Waiting& waiting) {
  auto receipt = ask_for_fate(ledger, transaction, waiting);
  const auto note = [&](base::Amount fee, bool failed) {
    return durable([&](channels::PayerLedger& book) { return book.fate_known(channel, transaction.id, fee, failed); });
  };
  if (receipt) {
    // What costs nothing and succeeds leaves nothing to remember.
    if (!receipt->fee.is_zero() || !receipt->succeeded) FERRY_CHECK(note(receipt->fee, !receipt->succeeded));
  } else if (receipt.error().code != "transaction_unknown" && receipt.error().code != "nonce_used") {
    FERRY_CHECK(note({}, true));
  }
  return receipt;
}

}  // namespace ferry::client
