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

constexpr std::size_t kMostBids = 10;  // each costs a tenth more, or more than that

/// Waits for the fate of one transaction, outbidding it where that is due.
class FateSearch {
 public:
  FateSearch(chain::ChainBackend& ledger, const base::ChannelId& channel, Alternatives& alternatives, const base::SecretKey& wallet,
             const MakeDurable& durable, const Waiting& waiting)
      : ledger_(ledger), channel_(channel), alternatives_(alternatives), wallet_(wallet), durable_(durable), waiting_(waiting) {}

  Result<chain::Receipt> run() {
    const auto start = std::chrono::steady_clock::now();
    bid_at_ = start;
    base::Error last = base::environment("transaction_unknown", "the ledger did not say whether the transaction arrived");
    for (int attempt = 1;; ++attempt) {
      const auto asked = std::chrono::steady_clock::now();
      auto fate = chain::submit_alternatives(ledger_, alternatives_);
      if (fate.is_ok()) return std::move(*fate.value);
      if (fate.kind == Fate::Kind::failed) return base::fail(std::move(*fate.error));
      const base::Error why = fate.error.value_or(last);
      last.message = why.message;
      const bool is_patient = waiting_.patience > base::Duration{0};
      const bool is_enough = is_patient ? since(start) >= waiting_.patience : attempt >= kFewAttempts;
      if (is_enough || waiting_.cancelled() || needs_the_user(why)) break;
      if (!is_patient) continue;
      FERRY_TRY(const bool outbid, outbid_if_due(why));
      if (outbid) continue;
      waiting_.tell({alternatives_.back().id, since(start), why});
      pause(waiting_.look_again - std::min(waiting_.look_again, since(asked)), waiting_);
    }
    last.message += "; the next attempt sends the same transaction again";
    return base::fail(std::move(last));
  }

 private:
  /// True: there is a new bid to be sent. That none can be made now is no error: what was sent still waits. Errors: those of the journal.
  Result<bool> outbid_if_due(const base::Error& why) {
    const bool waits_long = since(bid_at_) >= waiting_.outbid_after;
    const bool is_due = waits_long || why.code == "transaction_underpriced";
    if (waiting_.outbid_after == base::Duration{0} || !is_due || alternatives_.size() > kMostBids) return false;
    bid_at_ = std::chrono::steady_clock::now();
    auto bid = ledger_.outbid(alternatives_.back(), wallet_);
    if (!bid.is_ok()) return false;
    const auto first = alternatives_.front().id;
    FERRY_CHECK(durable_([&](channels::PayerLedger& book) { return book.outbidding(channel_, first, bid.value->bytes); }));
    alternatives_.push_back(std::move(*bid.value));
    return true;
  }

  chain::ChainBackend& ledger_;
  const base::ChannelId& channel_;
  Alternatives& alternatives_;
  const base::SecretKey& wallet_;
  const MakeDurable& durable_;
  const Waiting& waiting_;
  std::chrono::steady_clock::time_point bid_at_;
};

chain::RawTransaction recorded(const base::Bytes& raw) { return {chain::transaction_id(base::ByteView{raw}), raw, {}}; }

}  // namespace

void pause(base::Duration duration, const Waiting& waiting) {
  const auto start = std::chrono::steady_clock::now();
  while (since(start) < duration && !waiting.cancelled()) std::this_thread::sleep_for(std::min(kNap, duration));
}

Alternatives recorded_alternatives(const channels::PayerChannel& channel, const base::Bytes& raw) {
  Alternatives alternatives{recorded(raw)};
  for (const auto& bid : channel.bids) {
    if (bid.first == alternatives.front().id) alternatives.push_back(recorded(bid.raw));
  }
  return alternatives;
}

Result<chain::Receipt> wait_for_fate(chain::ChainBackend& ledger, const base::ChannelId& channel, Alternatives& alternatives, const base::SecretKey& wallet,
                                     const MakeDurable& durable, const Waiting& waiting) {
  auto receipt = FateSearch(ledger, channel, alternatives, wallet, durable, waiting).run();
  const auto note = [&](base::Amount fee, bool failed) {
    return durable([&](channels::PayerLedger& book) { return book.fate_known(channel, alternatives.front().id, fee, failed); });
  };
  if (receipt) {
    // What costs nothing and succeeds leaves nothing to remember.
    if (!receipt->fee.is_zero() || !receipt->succeeded) FERRY_CHECK(note(receipt->fee, !receipt->succeeded));
  } else if (receipt.error().kind != base::ErrorKind::environment && receipt.error().code != "nonce_used") {
    FERRY_CHECK(note({}, true));
  }
  return receipt;
}

}  // namespace ferry::client
