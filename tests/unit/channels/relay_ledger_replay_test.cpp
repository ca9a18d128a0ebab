#include <doctest/doctest.h>

#include <functional>
#include <vector>

#include "channels/relay_ledger.hpp"
#include "protocol/base/hash.hpp"
#include "tests/unit/channels/parties.hpp"

using namespace ferry;
using namespace ferry::channels;
using namespace ferry::channels::test;

namespace {

/// A ledger whose records are kept as a journal would keep them.
struct Journaled {
  RelayLedger ledger = relay_ledger();
  std::vector<base::Bytes> records;

  void durable(const Record& record) {
    records.push_back(pack(record));
    ledger.apply(record);
  }
  void open_channel(base::Amount balance, std::uint8_t epoch = 0) { durable(ledger.open(config(epoch), holding(balance)).value()); }
  void pay_up_to(base::Amount ceiling, base::Amount confirmed = {}) {
    durable(ledger.check_voucher(sign_voucher(kDomain, id(), ceiling, kPayer), confirmed).value());
  }
  void deliver(std::uint64_t index, base::Amount price = units(100)) {
    const auto answer = ledger.reserve(id(), chunk(index), price, units(100), kNow).value();
    records.push_back(pack(*ledger.charge(std::get<Reservation>(answer), price, kNow)));
  }
};

base::Result<RelayLedger> replayed_relay(const std::vector<base::Bytes>& records) {
  RelayLedger ledger = relay_ledger();
  for (const base::Bytes& record : records) FERRY_CHECK(ledger.replay(record));
  return ledger;
}

std::string relay_code_with(std::vector<base::Bytes> records, const Record& added) {
  records.push_back(pack(added));
  return code_of(replayed_relay(records));
}

Journaled busy_journal() {
  Journaled journaled;
  journaled.open_channel(units(10'000));
  journaled.deliver(0);
  journaled.pay_up_to(units(600), units(100));
  for (std::uint64_t i = 1; i < 6; ++i) journaled.deliver(i);
  return journaled;
}

}  // namespace

TEST_CASE("replay: the records give the state back") {
  const Journaled journaled = busy_journal();
  const RelayLedger ledger = replayed_relay(journaled.records).value();
  CHECK(ledger.snapshot() == journaled.ledger.snapshot());
  const RelayChannel* channel = ledger.find(id());
  CHECK(channel->charged == units(600));
  CHECK(channel->ceiling == units(600));
  CHECK(channel->confirmed == units(100));
  CHECK(ledger.claimable().size() == 1);
}

TEST_CASE("replay: after it, what was charged and not confirmed is still redelivered for free") {
  RelayLedger ledger = replayed_relay(busy_journal().records).value();
  const auto answer = ledger.reserve(id(), chunk(5), units(100), units(100), kNow).value();
  CHECK(std::get<Reservation>(answer).redelivery);
}

TEST_CASE("replay: of any beginning of the records is a sound ledger") {
  const Journaled journaled = busy_journal();
  for (std::size_t count = 0; count <= journaled.records.size(); ++count) {
    const auto ledger = replayed_relay({journaled.records.begin(), journaled.records.begin() + static_cast<std::ptrdiff_t>(count)});
    REQUIRE(ledger.has_value());
    CHECK(ledger->audit().has_value());
  }
}

TEST_CASE("replay: a missing charge or voucher is noticed") {
  const Journaled journaled = busy_journal();
  for (std::size_t missing = 0; missing + 1 < journaled.records.size(); ++missing) {
    auto records = journaled.records;
    records.erase(records.begin() + static_cast<std::ptrdiff_t>(missing));
    CHECK(code_of(replayed_relay(records)) == "journal_record");
  }
}

TEST_CASE("replay: a charge that stands twice is noticed") {
  auto records = busy_journal().records;
  records.push_back(records.back());
  CHECK(code_of(replayed_relay(records)) == "journal_record");
}

TEST_CASE("replay: a voucher that was overtaken on its way to the disk does no harm") {
  Journaled journaled = busy_journal();
  const auto low = journaled.ledger.check_voucher(sign_voucher(kDomain, id(), units(700), kPayer), units(0)).value();
  journaled.pay_up_to(units(800));
  journaled.durable(low);
  CHECK(replayed_relay(journaled.records)->find(id())->ceiling == units(800));
}

TEST_CASE("replay: records of another relay, chain or ledger are refused") {
  const auto records = busy_journal().records;
  const auto replay_with = [&](RelayLedger ledger) { return code_of(ledger.replay(records[0])); };
  CHECK(replay_with(relay_ledger()) == "ok");
  CHECK(replay_with(RelayLedger(base::Hash256{}, kRelay.address(), kRelay.address(), kToken, {})) ==
        "journal_record");
  CHECK(replay_with(RelayLedger(kDomain, kStranger.address(), kRelay.address(), kToken, {})) == "journal_record");
  CHECK(replay_with(RelayLedger(kDomain, kRelay.address(), kStranger.address(), kToken, {})) == "journal_record");
  CHECK(replay_with(RelayLedger(kDomain, kRelay.address(), kRelay.address(), address(1), {})) == "journal_record");
}

TEST_CASE("replay: records that cannot be true are refused by an error, never by a crash") {
  const auto records = busy_journal().records;
  const auto signature = sign_voucher(kDomain, id(), units(1), kPayer).signature;
  const auto none = std::vector<base::Bytes>{};
  CHECK(relay_code_with(none, VoucherRecord{id(), units(1), signature, {}}) == "journal_record");
  CHECK(relay_code_with(none, ChargeRecord{id(), {}, 0, {}, {}, {}, kNow, {}}) == "journal_record");
  CHECK(relay_code_with(none, ChargedRecord{id(), {}, {}}) == "journal_record");
  CHECK(relay_code_with(none, RecentRecord{id(), {}, 0, {}, {}, kNow}) == "journal_record");
  CHECK(relay_code_with(none, PayerOpenRecord{"", config(), {}, {}}) == "journal_record");
  CHECK(relay_code_with(none, SignedRecord{id(), {}, {}, {}}) == "journal_record");
  CHECK(relay_code_with(none, ChannelRecord{id(1), config(0), units(1), {}, {}, {}, false}) == "journal_record");
  CHECK(relay_code_with(records, ChannelRecord{id(), config(), units(1), units(2), {}, {}, false}) == "journal_record");
  CHECK(relay_code_with(records, ChannelRecord{id(), config(), base::Amount::max(), {}, {}, {}, false}) == "journal_record");
  CHECK(relay_code_with(records, VoucherRecord{id(), units(10'001), signature, {}}) == "journal_record");
  CHECK(relay_code_with(records, ChargeRecord{id(), {}, 9, units(1), {}, units(602), kNow, units(100)}) == "journal_record");
  CHECK(relay_code_with(records, ChargeRecord{id(), {}, 9, base::Amount::max(), {}, units(599), kNow, units(100)}) == "journal_record");
  CHECK(relay_code_with(records, ChargeRecord{id(), {}, 9, units(101), {}, units(701), kNow, units(100)}) == "journal_record");
  CHECK(relay_code_with(records, ChargeRecord{id(), {}, 9, units(100), {}, units(700), kNow, units(100)}) == "ok");
  CHECK(relay_code_with(records, ChargedRecord{id(), units(701), {}}) == "journal_record");
  base::Bytes garbage{0xC1};
  CHECK(code_of(replayed_relay({garbage})) == "journal_record");
}

TEST_CASE("replay: where the chain paid out more than the journal knew, charges that were made meanwhile are within") {
  // The relay's store was set back; while it went on, a claim of its lost past became known.
  for (const unsigned claimed : {150U, 200U, 250U, 300U, 400U}) {
    CAPTURE(claimed);
    Journaled journaled;
    journaled.open_channel(units(10'000));
    journaled.deliver(0);
    journaled.pay_up_to(units(300));
    ChainChannel chain = holding(units(10'000));
    chain.total_claimed = units(claimed);
    const Record seen = journaled.ledger.sync(id(), chain).value();
    journaled.records.push_back(pack(seen));  // appended before the next charges, applied after them
    journaled.deliver(1);
    journaled.deliver(2);
    journaled.ledger.apply(seen);
    journaled.deliver(3);
    CHECK(journaled.ledger.find(id())->charged == units(std::max(300U, claimed) + 100));
    const auto ledger = replayed_relay(journaled.records);
    REQUIRE_MESSAGE(ledger.has_value(), ledger.error().message);
    CHECK(ledger->find(id())->charged == journaled.ledger.find(id())->charged);
    CHECK(ledger->snapshot() == journaled.ledger.snapshot());
  }
}

TEST_CASE("replay: an older answer of the chain that came after a newer one is held within what is known") {
  Journaled journaled = busy_journal();
  ChainChannel newer = holding(units(10'000));
  newer.total_claimed = units(600);
  const Record old = journaled.ledger.sync(id(), holding(units(500))).value();
  journaled.durable(journaled.ledger.sync(id(), newer).value());
  journaled.durable(old);
  CHECK(journaled.ledger.find(id())->chain.total_claimed == units(600));
  CHECK(journaled.ledger.find(id())->chain.balance == units(600));
  const auto ledger = replayed_relay(journaled.records);
  REQUIRE_MESSAGE(ledger.has_value(), ledger.error().message);
  CHECK(ledger->snapshot() == journaled.ledger.snapshot());
}

TEST_CASE("replay: that a payer left owing is remembered") {
  Journaled journaled = busy_journal();
  journaled.deliver(6);
  const auto record = journaled.ledger.payer_left(kPayer.address());
  REQUIRE(record.has_value());
  journaled.durable(*record);
  CHECK(replayed_relay(journaled.records)->snapshot() == journaled.ledger.snapshot());
}

TEST_CASE("snapshot: rebuilds the ledger, and its own snapshot is the same") {
  Journaled journaled = busy_journal();
  journaled.open_channel(units(500), 1);
  journaled.durable(TransactionRecord{kDomain, base::Bytes{1, 2}, 0});
  journaled.ledger.confirm(id(), units(300));
  const auto snapshot = journaled.ledger.snapshot();
  const auto ledger = replayed_relay(snapshot);
  REQUIRE_MESSAGE(ledger.has_value(), ledger.error().message);
  CHECK(ledger->snapshot() == snapshot);
  CHECK(ledger->find(id())->confirmed == units(300));
  CHECK(ledger->find(id())->chain == journaled.ledger.find(id())->chain);
  CHECK(ledger->credit_of(kPayer.address(), units(100)) == journaled.ledger.credit_of(kPayer.address(), units(100)));
  CHECK(ledger->prepared_transactions().size() == 1);
}

TEST_CASE("snapshot: what outbids a transaction, the account and the age of what is unclaimed are in it") {
  Journaled journaled = busy_journal();
  const base::Hash256 second = base::keccak256(base::bytes_of("second"));
  journaled.durable(TransactionRecord{kDomain, base::Bytes{1, 2}, 0});
  journaled.durable(AlternativeRecord{kDomain, second, base::Bytes{3}});
  AccountRecord account{{}, units(7), units(8), kNow, 9, 10, 1};
  journaled.durable(account);
  const auto ledger = replayed_relay(journaled.ledger.snapshot());
  REQUIRE_MESSAGE(ledger.has_value(), ledger.error().message);
  REQUIRE(ledger->prepared_transactions().contains(kDomain));
  const auto& bids = ledger->prepared_transactions().at(kDomain).bids;
  REQUIRE(bids.size() == 2);
  CHECK(bids[1].id == second);
  CHECK(bids[1].raw == base::Bytes{3});
  CHECK(ledger->account() == account);
  CHECK(ledger->find(id())->unclaimed_since == kNow);
  CHECK(ledger->snapshot() == journaled.ledger.snapshot());
}

TEST_CASE("account: the fate of a transaction ends it and all that outbid it") {
  Journaled journaled = busy_journal();
  const base::Hash256 second = base::keccak256(base::bytes_of("second"));
  journaled.durable(TransactionRecord{kDomain, base::Bytes{1, 2}, 0});
  journaled.durable(AlternativeRecord{kDomain, second, base::Bytes{3}});
  journaled.durable(AccountRecord{kDomain, units(7), units(8), kNow, 9, 1, 0});
  CHECK(journaled.ledger.prepared_transactions().empty());
  CHECK(journaled.ledger.account().transaction == base::Hash256{});
  CHECK(journaled.ledger.account().fees == units(7));
  CHECK(relay_code_with(journaled.records, AccountRecord{{}, units(6), units(8), kNow, 9, 1, 0}) == "journal_record");
  CHECK(relay_code_with(journaled.records, AlternativeRecord{kDomain, second, base::Bytes{3}}) == "journal_record");
}

TEST_CASE("unclaimed: its age begins with the first charge after a claim") {
  Journaled journaled;
  journaled.open_channel(units(10'000));
  CHECK(journaled.ledger.find(id())->unclaimed_since == base::Time{});
  journaled.pay_up_to(units(1000));
  const auto deliver_at = [&](std::uint64_t index, base::Time at) {
    const auto answer = journaled.ledger.reserve(id(), chunk(index), units(100), units(100), at).value();
    journaled.records.push_back(pack(*journaled.ledger.charge(std::get<Reservation>(answer), units(100), at)));
  };
  deliver_at(0, base::Time{1000});
  deliver_at(1, base::Time{2000});
  CHECK(journaled.ledger.find(id())->unclaimed_since == base::Time{1000});
  ChainChannel chain = holding(units(10'000));
  chain.total_claimed = units(100);  // not all of it
  journaled.durable(journaled.ledger.sync(id(), chain).value());
  CHECK(journaled.ledger.find(id())->unclaimed_since == base::Time{2000});
  chain.total_claimed = units(200);
  journaled.durable(journaled.ledger.sync(id(), chain).value());
  CHECK(journaled.ledger.find(id())->unclaimed_since == base::Time{});
  CHECK(journaled.ledger.find(id())->claimable() == units(0));
  deliver_at(2, base::Time{3000});
  CHECK(journaled.ledger.find(id())->unclaimed_since == base::Time{3000});
  CHECK(replayed_relay(journaled.records)->find(id())->unclaimed_since == base::Time{3000});
}

TEST_CASE("snapshot: closed channels go, their sums stay") {
  Journaled journaled = busy_journal();  // 600 charged and promised
  ChainChannel chain = holding(units(100));
  chain.total_claimed = units(100);
  chain.closed = true;
  journaled.durable(journaled.ledger.sync(id(), chain).value());
  CHECK(journaled.ledger.find(id())->lost() == units(500));
  const GoneRecord sums{units(600), units(600), units(100), units(500)};
  for (int times = 0; times < 2; ++times) {
    const auto ledger = replayed_relay(journaled.ledger.snapshot());
    REQUIRE_MESSAGE(ledger.has_value(), ledger.error().message);
    CHECK(ledger->channels().empty());
    CHECK(ledger->gone() == sums);
    journaled.ledger = *ledger;
  }
}

TEST_CASE("snapshot: work goes on after it as it would have without it") {
  Journaled journaled = busy_journal();
  auto records = journaled.ledger.snapshot();
  journaled.records.clear();
  journaled.deliver(6);
  journaled.pay_up_to(units(900));
  journaled.deliver(7);
  records.insert(records.end(), journaled.records.begin(), journaled.records.end());
  CHECK(replayed_relay(records)->snapshot() == journaled.ledger.snapshot());
}

TEST_CASE("snapshot: vouchers above a balance that fell since then are kept") {
  Journaled journaled = busy_journal();
  journaled.durable(journaled.ledger.sync(id(), holding(units(50))).value());
  const auto ledger = replayed_relay(journaled.ledger.snapshot());
  REQUIRE(ledger.has_value());
  CHECK(ledger->find(id())->ceiling == units(600));
  CHECK(ledger->find(id())->chain.balance == units(50));
  CHECK(ledger->snapshot() == journaled.ledger.snapshot());
}

TEST_CASE("snapshot: of a relay that lost its journal rebuilds what the chain told it") {
  Journaled journaled;
  ChainChannel chain = holding(units(10'000));
  chain.total_claimed = units(430);
  journaled.durable(journaled.ledger.open(config(), chain).value());
  journaled.deliver(0);
  const auto ledger = replayed_relay(journaled.ledger.snapshot());
  REQUIRE_MESSAGE(ledger.has_value(), ledger.error().message);
  CHECK(ledger->find(id())->charged == units(530));
  CHECK(ledger->snapshot() == journaled.ledger.snapshot());
}

TEST_CASE("snapshot: closed channels are left out unless they owe") {
  Journaled journaled = busy_journal();
  journaled.open_channel(units(500), 1);
  const auto close = [&](std::uint8_t epoch) {
    ChainChannel closed = holding(units(0));
    closed.closed = true;
    journaled.durable(journaled.ledger.sync(id(epoch), closed).value());
  };
  close(1);
  CHECK(replayed_relay(journaled.ledger.snapshot())->find(id(1)) == nullptr);
  journaled.deliver(6);
  close(0);
  const auto ledger = replayed_relay(journaled.ledger.snapshot());
  REQUIRE(ledger->find(id()) != nullptr);
  CHECK(ledger->find(id())->status == ChannelStatus::closed);
  CHECK(ledger->debt_of(kPayer.address()) == units(100));
}

TEST_CASE("replay: a tunnel's meterings are charged each time, and a replayed_relay ledger neither forgets nor repeats one") {
  Journaled journaled;
  journaled.open_channel(units(10'000));
  journaled.pay_up_to(units(1'000));
  for (std::uint64_t i = 0; i < 3; ++i) journaled.deliver(DeliveryKey::kTunnel + i);
  auto again = replayed_relay(journaled.records);
  REQUIRE(again);
  for (auto* ledger : {&journaled.ledger, &*again}) {
    CHECK(ledger->find(id())->charged == units(300));
    // Another tunnel to the same destination counts from the same index: nothing of it was paid before.
    const auto answer = ledger->reserve(id(), chunk(DeliveryKey::kTunnel), units(100), units(100), kNow).value();
    const auto& reservation = std::get<Reservation>(answer);
    CHECK_FALSE(reservation.redelivery);
    CHECK(ledger->charge(reservation, units(100), kNow).has_value());
    CHECK(ledger->find(id())->charged == units(400));
  }
}
