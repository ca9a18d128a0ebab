#pragma once
// What the tests of deposits, withdrawals and their transactions share: a chain that loses answers or keeps them waiting, and a payer's book before it.

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "channels/chain/ledger_transaction.hpp"
#include "client/pay/deposit.hpp"
#include "client/pay/withdraw.hpp"
#include "tests/unit/client/test_relay.hpp"

namespace ferry::client::testing {

using base::Amount;
using base::Result;

/// A chain of which single answers can be lost.
class LossyChain final : public chain::ChainBackend {
 public:
  explicit LossyChain(chain::ChainBackend& real) : real_(real) {}
  int lose_submits = 0;      ///< answers of submit() that are lost although it took effect
  int submits = 0;
  int steps = 0;             ///< so many transactions come before a deposit
  Amount fee;                ///< of every transaction
  std::optional<base::Error> fails;  ///< what every transaction ends with for good
  int waits = 0;             ///< submits that change nothing, because the transaction waits
  std::string waits_for = "transaction_waits";
  bool can_outbid = false;
  std::map<chain::TransactionId, chain::RawTransaction> bids;  ///< each with what it stands for
  std::function<void(const chain::RawTransaction&)> on_submit = [](const auto&) {};
  std::set<chain::TransactionId> known_steps;
  std::vector<chain::TransactionId> submitted;
  chain::Outcome<chain::ChainInfo> info() override { return real_.info(); }
  chain::Outcome<Amount> balance_of(const base::Address& account) override { return real_.balance_of(account); }
  chain::Outcome<channels::ChainChannel> read_channel(const base::ChannelId& channel) override { return real_.read_channel(channel); }
  chain::Outcome<Amount> unsettled(const base::Address& receiver, const base::Address& token) override { return real_.unsettled(receiver, token); }
  chain::Outcome<chain::RawTransaction> prepare(const chain::Action& action, const base::SecretKey& from) override {
    if (!std::holds_alternative<chain::Deposit>(action) || steps == 0) return real_.prepare(action, from);
    --steps;
    auto step = real_.prepare(chain::Transfer{base::SecretKey::generate().address(), Amount::from_units(1)}, from);
    known_steps.insert(step.value->id);
    return step;
  }
  bool is_step(const chain::RawTransaction& transaction) const override { return known_steps.contains(transaction.id); }
  chain::Outcome<chain::Receipt> submit(const chain::RawTransaction& transaction) override {
    ++submits;
    submitted.push_back(transaction.id);
    on_submit(transaction);
    if (waits-- > 0) return chain::Outcome<chain::Receipt>::unknown(base::environment(waits_for, "in the pool"));
    if (fails) return chain::Outcome<chain::Receipt>::failed(*fails);
    const auto bid = bids.find(transaction.id);
    auto outcome = real_.submit(bid == bids.end() ? transaction : bid->second);
    if (outcome.is_ok()) {
      outcome.value->fee = fee;
      outcome.value->id = transaction.id;
    }
    if (lose_submits-- > 0) return chain::Outcome<chain::Receipt>::unknown(base::environment("ledger_timeout", "no answer"));
    return outcome;
  }
  chain::Outcome<chain::RawTransaction> outbid(const chain::RawTransaction& waiting, const base::SecretKey& from) override {
    if (!can_outbid) return ChainBackend::outbid(waiting, from);
    chain::RawTransaction bid = waiting;
    bid.bytes.push_back(1);
    bid.id = chain::transaction_id(bid.bytes);
    const auto stands_for = bids.find(waiting.id);
    bids[bid.id] = stands_for == bids.end() ? waiting : stands_for->second;
    return chain::Outcome<chain::RawTransaction>::ok(bid);
  }
  chain::Outcome<std::optional<chain::Receipt>> receipt(const chain::TransactionId& id) override {
    auto known = real_.receipt(id);
    if (known.is_ok() && *known.value) (*known.value)->fee = fee;
    return known;
  }
  chain::Outcome<std::vector<chain::ChainEvent>> events(const base::Address& r, std::uint64_t a, std::uint32_t l) override { return real_.events(r, a, l); }
  chain::Faucet* faucet() override { return real_.faucet(); }

 private:
  chain::ChainBackend& real_;
};

struct DepositTrial {
  TestLedger ledger;
  LossyChain chain{ledger.chain()};
  base::SecretKey wallet = base::SecretKey::generate();
  base::Domain domain = ledger.domain();
  channels::PayerLedger book{base::domain_separator(domain)};
  std::vector<channels::Record> records;
  DepositOrder order;
  MakeDurable durable = [this](const auto& make) -> Result<void> {
    FERRY_TRY(const auto record, make(book));
    records.push_back(record);
    book.apply(record);
    return {};
  };

  DepositTrial() {
    order.relay = "ferry://relay";
    order.config.payer = wallet.address();
    order.config.payer_authorizer = order.config.receiver = order.config.receiver_authorizer = base::SecretKey::generate().address();
    order.config.token = ledger.chain().info().value->token;
    order.config.withdraw_delay = channels::kMinWithdrawDelay;
    order.wanted = Amount::btt(100);
    order.at_least = Amount::btt(1);
    order.may_use_faucet = true;
  }
  Waiting waiting;
  Result<DepositMade> deposit() { return make_deposit(chain, domain, order, wallet, durable, waiting); }
  Result<channels::ChainChannel> finish() { return finish_deposit(chain, id(), *book.find(id()), wallet, durable, waiting); }
  /// As on a chain: waits for a minute, looks at once, outbids after a moment.
  void be_patient() {
    waiting.patience = base::Duration{60'000};
    waiting.look_again = base::Duration{1};
    waiting.outbid_after = base::Duration{1};
    chain.can_outbid = true;
    chain.fee = Amount::from_units(3);
  }
  /// What the journal holds, as the next start reads it; with `compact` after it was made short.
  void restart(bool compact) {
    const auto replayed = [this](const std::vector<base::Bytes>& packed) {
      channels::PayerLedger again{base::domain_separator(domain)};
      for (const auto& record : packed) REQUIRE(again.replay(record).has_value());
      return again;
    };
    std::vector<base::Bytes> packed;
    for (const auto& record : records) packed.push_back(channels::pack(record));
    book = replayed(packed);
    if (!compact) return;
    const auto snapshot = book.snapshot();
    book = replayed(snapshot);
    CHECK(book.snapshot() == snapshot);
  }
  Amount money() { return *ledger.chain().balance_of(wallet.address()).value; }
  base::ChannelId id() const { return channels::channel_id(base::domain_separator(domain), order.config); }
  base::Time now() const { return base::Time{std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count()}; }
};

}  // namespace ferry::client::testing
