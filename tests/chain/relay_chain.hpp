#pragma once
// A relay's books and settlement on the chain of evm_chain.hpp: its process may end at any call to the chain, and starts again on the same journal.

#include <memory>
#include <type_traits>

#include "relay/ops/open_journal.hpp"
#include "relay/ops/settlement.hpp"
#include "tests/chain/evm_chain.hpp"
#include "tests/unit/relay/temporary_directory.hpp"

namespace ferry::relay::test {

using chain::Outcome;
using chain::evm::test::EvmChain;
using chain::test::units;

/// The relay's process ended here.
struct Crash {};

/// Passes everything on, and crashes before or after one call. Those that prepare a transaction count, and what comes after them.
class CrashingBackend final : public chain::ChainBackend {
 public:
  explicit CrashingBackend(std::unique_ptr<chain::ChainBackend> real) : real_(std::move(real)) {}

  int calls = 0;
  std::atomic<int> reads = 0;  ///< of channels
  bool has_prepared = false;
  int crash_at = -1;
  bool crash_after = false;

  Outcome<chain::ChainInfo> info() override { return real_->info(); }
  Outcome<base::Amount> balance_of(const base::Address& account) override { return real_->balance_of(account); }
  Outcome<std::optional<base::Amount>> fee_balance_of(const base::Address& account) override { return real_->fee_balance_of(account); }
  Outcome<base::Amount> expected_fee(const chain::Action& action) override { return real_->expected_fee(action); }
  Outcome<channels::ChainChannel> read_channel(const base::ChannelId& channel) override {
    ++reads;
    return at_step([&] { return real_->read_channel(channel); });
  }
  Outcome<base::Amount> unsettled(const base::Address& receiver, const base::Address& token) override {
    return at_step([&] { return real_->unsettled(receiver, token); });
  }
  Outcome<chain::RawTransaction> prepare(const chain::Action& action, const base::SecretKey& from) override {
    has_prepared = true;
    return at_step([&] { return real_->prepare(action, from); });
  }
  bool is_step(const chain::RawTransaction& transaction) const override { return real_->is_step(transaction); }
  void abandon(const chain::RawTransaction& transaction) override { real_->abandon(transaction); }
  Outcome<chain::Receipt> submit(const chain::RawTransaction& transaction) override {
    return at_step([&] { return real_->submit(transaction); });
  }
  Outcome<chain::RawTransaction> outbid(const chain::RawTransaction& waiting, const base::SecretKey& from) override {
    return at_step([&] { return real_->outbid(waiting, from); });
  }
  Outcome<std::optional<chain::Receipt>> receipt(const chain::TransactionId& id) override { return real_->receipt(id); }
  Outcome<std::vector<chain::ChainEvent>> events(const base::Address& receiver, std::uint64_t after, std::uint32_t limit) override {
    return real_->events(receiver, after, limit);
  }
  Outcome<std::optional<chain::ChainPlace>> certain_place() override { return real_->certain_place(); }
  Outcome<bool> has_place(const chain::ChainPlace& place) override { return real_->has_place(place); }

 private:
  template <typename Call>
  std::invoke_result_t<const Call&> at_step(const Call& call) {
    const bool here = has_prepared && calls++ == crash_at;
    if (here && !crash_after) throw Crash{};
    auto outcome = call();
    if (here) throw Crash{};
    return outcome;
  }

  std::unique_ptr<chain::ChainBackend> real_;
};

/// What lives as long as the relay's process does.
struct ChainLife {
  ChainLife(const std::filesystem::path& journal_file, std::unique_ptr<chain::ChainBackend> chain_backend, const SettlementTerms& terms, const base::SecretKey& key);

  CrashingBackend backend;
  OpenedJournal opened;
  JournalWriter journal;
  LedgerBook book;
  Settlement settlement;
};

class RelayOnChain {
 public:
  /// Asks these nodes; see EvmChain::backend().
  explicit RelayOnChain(std::vector<std::string> nodes = {"node"});

  void start();
  LedgerBook& book() { return life->book; }
  base::Result<void> tick() { return life->settlement.tick(now); }
  base::Result<void> claim() { return life->settlement.claim(now, Occasion::asked); }
  base::ChannelId id(std::uint8_t salt = 1) const { return chain.id(chain.config(salt)); }

  void deposit(base::Amount amount, std::uint8_t salt = 1);
  /// The client names its channel; the refusal's code, or "ok".
  std::string name_channel(std::uint8_t salt = 1);
  std::string promise(base::Amount total, std::uint8_t salt = 1);
  /// Deposits 5,000, names the channel, promises and delivers for `total`.
  void earn(base::Amount total, std::uint8_t salt = 1);
  base::Amount claimed(std::uint8_t salt = 1) { return payers_view->read_channel(id(salt)).value->total_claimed; }
  /// The store equals the chain to the last unit: sums of channels, what the beneficiary has, and the coins that the relay's key paid as fees.
  void check_books();

  EvmChain chain;
  std::unique_ptr<chain::evm::EvmBackend> payers_view;  ///< another node's, another nonce book
  base::Time now = base::Time::from_seconds(1'700'000'000);
  std::unique_ptr<ChainLife> life;

 private:
  TemporaryDirectory directory_;
  std::vector<std::string> nodes_;
  base::Amount relay_had_, beneficiary_had_;
};

}  // namespace ferry::relay::test
