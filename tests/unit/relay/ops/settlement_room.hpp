#pragma once
// A relay's books on a journal and an embedded ledger, with a ledger in between that can be unreachable, lose requests and answers, refuse, and
// crash the relay at any call. People as in the chain tests; the test turns the clock.

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "protocol/base/hash.hpp"
#include "relay/ops/open_journal.hpp"
#include "relay/ops/settlement.hpp"
#include "tests/unit/channels/chain/ledger_room.hpp"

namespace ferry::relay::test {

using chain::Outcome;
using chain::RawTransaction;
using chain::Receipt;

/// The relay's process ended here.
struct Crash {};

class FaultyLedger final : public chain::ChainBackend {
 public:
  enum class Fault { none, request_lost, answer_lost };

  explicit FaultyLedger(chain::EmbeddedLedger& real) : real_(real) {}

  // What the test sets.
  bool unreachable = false;
  Fault submit_fault = Fault::none;        ///< of every submission while it is set
  std::set<base::ChannelId> poison;        ///< claims with one of these are refused
  base::Hash256 separator;
  int crash_at = -1;                       ///< the call before which the relay crashes; calls count from 0
  bool crash_after = false;                ///< … or after which
  std::uint64_t row_fee = 0, claim_fee = 0, settle_fee = 0;  ///< expected
  std::uint64_t paid_fee = 0;              ///< what every transaction costs in the end
  std::uint64_t fee_money = 1'000'000;
  bool can_outbid = false;
  std::string prepare_refusal;             ///< code with which claims that hold poison are refused before they are signed
  bool tells_events = true;
  bool disagrees = false;                  ///< its nodes contradict each other
  std::optional<base::Hash256> history;    ///< it has places, which bear this mark

  // What it sees.
  std::atomic<int> calls = 0;  ///< many channels are read by several threads
  std::atomic<int> reads = 0;  ///< of channels
  std::vector<RawTransaction> submitted;
  std::vector<std::size_t> claim_sizes;    ///< rows of prepared claims

  Outcome<chain::ChainInfo> info() override { return real_.info(); }
  Outcome<base::Amount> balance_of(const base::Address& account) override { return real_.balance_of(account); }
  Outcome<channels::ChainChannel> read_channel(const base::ChannelId& channel) override {
    ++reads;
    return call<channels::ChainChannel>([&] { return real_.read_channel(channel); });
  }
  Outcome<base::Amount> unsettled(const base::Address& receiver, const base::Address& token) override {
    return call<base::Amount>([&] { return real_.unsettled(receiver, token); });
  }
  Outcome<base::Amount> expected_fee(const chain::Action& action) override {
    const auto* claim = std::get_if<chain::Claim>(&action);
    return Outcome<base::Amount>::ok(chain::test::units(claim == nullptr ? settle_fee : claim_fee + row_fee * claim->rows.size()));
  }
  Outcome<std::optional<base::Amount>> fee_balance_of(const base::Address&) override {
    return Outcome<std::optional<base::Amount>>::ok(chain::test::units(fee_money));
  }
  /// The same action again, with a later nonce of the embedded ledger's: only the id matters here, since the old one is never executed.
  Outcome<RawTransaction> outbid(const RawTransaction& waiting, const base::SecretKey& from) override {
    if (!can_outbid) return ChainBackend::outbid(waiting, from);
    RawTransaction dearer = waiting;
    dearer.bytes.push_back(0x01);
    dearer.id = base::keccak256(dearer.bytes);
    outbids.push_back(dearer);
    return Outcome<RawTransaction>::ok(dearer);
  }
  std::vector<RawTransaction> outbids;
  Outcome<RawTransaction> prepare(const chain::Action& action, const base::SecretKey& from) override {
    if (const auto* claim = std::get_if<chain::Claim>(&action); claim != nullptr && !prepare_refusal.empty()) {
      for (const auto& row : claim->rows) {
        if (poison.contains(channels::channel_id(separator, row.config))) return Outcome<RawTransaction>::failed(base::refusal(prepare_refusal, "no"));
      }
    }
    auto prepared = call<RawTransaction>([&] { return real_.prepare(action, from); });
    if (const auto* claim = std::get_if<chain::Claim>(&action); claim != nullptr && prepared.is_ok()) {
      claim_sizes.push_back(claim->rows.size());
      for (const auto& row : claim->rows) {
        if (poison.contains(channels::channel_id(separator, row.config))) poisoned_.insert(prepared.value->id);
      }
    }
    return prepared;
  }
  Outcome<Receipt> submit(const RawTransaction& transaction) override {
    submitted.push_back(transaction);
    if (const auto dear = std::ranges::find(outbids, transaction.id, &RawTransaction::id); dear != outbids.end()) {
      RawTransaction plain = transaction;  // what it stands for is the transaction that it outbids
      while (!plain.bytes.empty() && std::ranges::any_of(outbids, [&](const auto& one) { return one.bytes == plain.bytes; })) plain.bytes.pop_back();
      plain.id = base::keccak256(plain.bytes);
      for (const auto& one : submitted) {
        if (one.bytes == plain.bytes) plain.id = one.id;
      }
      if (submit_fault == Fault::request_lost) return Outcome<Receipt>::unknown(lost());
      return priced(real_.submit(plain));
    }
    if (submit_fault == Fault::request_lost) return Outcome<Receipt>::unknown(lost());
    if (poisoned_.contains(transaction.id)) return Outcome<Receipt>::failed(base::refusal("claim_above_ceiling", "poison"));
    auto outcome = priced(call<Receipt>([&] { return real_.submit(transaction); }));
    if (submit_fault == Fault::answer_lost) return Outcome<Receipt>::unknown(lost());
    return outcome;
  }
  Outcome<std::optional<Receipt>> receipt(const chain::TransactionId& id) override {
    if (submit_fault != Fault::none) return Outcome<std::optional<Receipt>>::unknown(lost());
    return call<std::optional<Receipt>>([&] { return real_.receipt(id); });
  }
  Outcome<std::vector<chain::ChainEvent>> events(const base::Address& receiver, std::uint64_t after, std::uint32_t limit) override {
    if (!tells_events) return Outcome<std::vector<chain::ChainEvent>>::ok({});
    return call<std::vector<chain::ChainEvent>>([&] {
      auto events = real_.events(receiver, after / kBetween, limit);
      for (auto& event : *events.value) event.sequence *= kBetween;
      return events;
    });
  }

  Outcome<std::optional<chain::ChainPlace>> certain_place() override {
    using Told = std::optional<chain::ChainPlace>;
    if (!history) return Outcome<Told>::ok({});
    return call<Told>([&] {
      for (auto events = real_.events(payee, last_event_, chain::kMaxEvents); !events.value->empty(); events = real_.events(payee, last_event_, chain::kMaxEvents)) {
        last_event_ = events.value->back().sequence;
      }
      return Outcome<Told>::ok(chain::ChainPlace{last_event_ * kBetween + (++places_ % kBetween), *history});
    });
  }
  Outcome<bool> has_place(const chain::ChainPlace& place) override {
    return call<bool>([&] { return Outcome<bool>::ok(place.mark == history); });
  }
  base::Address payee;  ///< whose events count

 private:
  Outcome<Receipt> priced(Outcome<Receipt> outcome) const {
    if (outcome.is_ok()) outcome.value->fee = chain::test::units(paid_fee);
    return outcome;
  }
  static base::Error lost() { return base::environment("ledger_no_answer", "lost"); }

  template <typename T>
  Outcome<T> call(const std::function<Outcome<T>()>& real) {
    const bool here = calls++ == crash_at;
    if (here && !crash_after) throw Crash{};
    if (unreachable) return Outcome<T>::failed(base::environment("ledger_unreachable", "down"));
    if (disagrees) return Outcome<T>::failed(base::environment("chain_disagrees", "two nodes"));
    auto outcome = real();
    if (here) throw Crash{};
    return outcome;
  }

  chain::EmbeddedLedger& real_;
  std::set<chain::TransactionId> poisoned_;
  static constexpr std::uint64_t kBetween = 1'000'000;  ///< sequences from one event to the next: as many places
  std::uint64_t last_event_ = 0, places_ = 0;
};

/// What lives as long as the relay's process does.
struct Life {
  Life(const std::filesystem::path& journal_file, chain::ChainBackend& ledger, const chain::test::People& people, const base::Hash256& separator,
       const base::Address& token, const chain::Fees fees)
      : opened(open_journal(journal_file, channels::RelayLedger(separator, people.beneficiary.address(), people.relay.address(), token, {})).value()),
        journal(std::move(opened.journal)),
        book(std::move(opened.ledger), separator, journal),
        settlement(book, ledger, people.relay,
                   SettlementTerms{people.beneficiary.address(), token, separator, std::chrono::minutes(10), std::chrono::minutes(2), fees}) {}

  OpenedJournal opened;
  JournalWriter journal;
  LedgerBook book;
  Settlement settlement;
};

class SettlementRoom {
 public:
  SettlementRoom() {
    ledger_room.parameters.faucet->grant = chain::test::units(1'000'000);
    real = ledger_room.open();
    chain::test::fund(*real, people.payer);
    separator = chain::test::separator_of(*real);
    token = chain::test::token_of(*real);
    faulty = std::make_unique<FaultyLedger>(*real);
    faulty->separator = separator;
    faulty->payee = people.beneficiary.address();
    start();
  }

  /// The relay starts, perhaps again after a crash.
  void start() {
    life.reset();
    life = std::make_unique<Life>(ledger_room.directory / "journal", *faulty, people, separator, token, fees);
  }
  LedgerBook& book() { return life->book; }
  Settlement& settlement() { return life->settlement; }
  base::Time now() const { return base::Time{ledger_room.now_ms.load()}; }
  base::Result<void> tick() { return settlement().tick(now()); }

  channels::ChannelConfig config(std::uint8_t salt = 1) const { return chain::test::channel_of(people, token, salt); }
  base::ChannelId id(std::uint8_t salt = 1) const { return channels::channel_id(separator, config(salt)); }

  /// Deposits, names the channel to the relay, takes a voucher for `paid` and delivers for as much.
  void earn(std::uint64_t paid, std::uint8_t salt = 1, std::uint64_t deposit = 1000) {
    REQUIRE(chain::test::act(*real, chain::Deposit{config(salt), chain::test::units(deposit)}, people.payer) == "ok");
    std::promise<void> opened;
    book().open(config(salt), *real->read_channel(id(salt)).value, {}, [&](const LedgerBook::ChannelResult& result) {
      CHECK(result);
      opened.set_value();
    });
    opened.get_future().get();
    deliver(paid, salt);
  }
  /// Another voucher and delivery; `total` counts from the channel's beginning.
  void deliver(std::uint64_t total, std::uint8_t salt = 1) {
    std::promise<void> taken;
    book().take_voucher(config(salt).payer, channels::sign_voucher(separator, id(salt), chain::test::units(total), people.session), {}, [&](const base::Result<base::Amount>& result) {
      CHECK(result);
      taken.set_value();
    });
    taken.get_future().get();
    const auto price = chain::test::units(total).minus(book().find(id(salt))->charged).value();
    const auto admitted = book().reserve(config(salt).payer, id(salt), channels::DeliveryKey{{}, total}, price, price, now());
    REQUIRE(admitted);
    std::promise<void> durable;
    book().charge(std::get<channels::Reservation>(*admitted), price, now(), [&](const base::Result<void>&) { durable.set_value(); });
    durable.get_future().get();
  }

  base::Amount claimed(std::uint8_t salt = 1) { return chain::test::channel_in(*real, config(salt)).total_claimed; }
  base::Amount beneficiary_has() { return chain::test::balance(*real, people.beneficiary); }
  void withdraw(std::uint64_t amount, std::uint8_t salt = 1) {
    REQUIRE(chain::test::act(*real, chain::InitiateWithdraw{config(salt), chain::test::units(amount)}, people.payer) == "ok");
  }

  /// From now on the ledger takes fees: 20 for a row, 40 for a claim, 70 for settling; the relay starts anew.
  void take_fees() {
    fees = chain::Fees::in_token;
    faulty->row_fee = 20;
    faulty->claim_fee = 40;
    faulty->settle_fee = 70;
    faulty->paid_fee = 9;
    faulty->history = base::sha256({});
    start();
  }

  /// What the relay does crashes before or after each of its calls to the ledger in turn, in a room of its own that `prepare` has filled; then it
  /// starts again, and `check` looks. How often it crashed.
  template <typename Room, typename Prepare, typename Check>
  static int crash_at_every_call(const Prepare& prepare, const Check& check) {
    int crashes = 0;
    for (const bool after : {false, true}) {
      for (int step = 0, crashed = 1; crashed == 1; ++step) {
        CAPTURE(step);
        Room room;
        prepare(room);
        room.faulty->crash_at = room.faulty->calls + step;
        room.faulty->crash_after = after;
        crashed = 0;
        try {
          REQUIRE(room.tick());
        } catch (const Crash&) {
          crashed = 1;
        }
        crashes += crashed;
        room.faulty->crash_at = -1;
        room.start();
        REQUIRE(room.tick());
        CHECK(room.book().prepared_transactions().empty());
        check(room);
      }
    }
    return crashes;
  }

  chain::Fees fees = chain::Fees::none;
  chain::test::LedgerRoom ledger_room;
  chain::test::People people;
  std::unique_ptr<chain::EmbeddedLedger> real;
  base::Hash256 separator;
  base::Address token;
  std::unique_ptr<FaultyLedger> faulty;
  std::unique_ptr<Life> life;
};

}  // namespace ferry::relay::test
