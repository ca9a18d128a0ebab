#include "channels/payer_ledger.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "protocol/base/hash.hpp"
#include "tests/unit/channels/parties.hpp"

using namespace ferry;
using namespace ferry::channels;
using namespace ferry::channels::test;

namespace {

/// A wallet with one channel, whose records are kept as a journal would keep them.
struct Wallet {
  PayerLedger ledger{kDomain};
  std::vector<base::Bytes> records;

  explicit Wallet(base::Amount balance = units(1000)) {
    durable(ledger.open("ferry://relay", config(), balance, base::Bytes{1, 2, 3}).value());
    chain(balance);
  }
  void durable(const Record& record) {
    records.push_back(pack(record));
    ledger.apply(record);
  }
  void chain(base::Amount balance, base::Amount claimed = {}, bool closed = false) {
    durable(ledger.sync(id(), balance, claimed, closed).value());
  }
  void receive(std::uint64_t index, base::Amount charge) {
    durable(ledger.delivered(id(), chunk(index).request, index, kDomain, charge, {}));
  }
  /// Signs as a client does: reserve first where needed. Gives the ceiling, or nothing.
  std::optional<Voucher> sign(base::Amount ahead, base::Amount step) {
    const auto next = ledger.next_ceiling(id(), ahead, step).value();
    if (!next) return std::nullopt;
    if (next->reserve) durable(*next->reserve);
    const Voucher voucher = sign_voucher(kDomain, id(), next->ceiling, kPayer);
    ledger.signed_up_to(id(), next->ceiling);
    return voucher;
  }
  const PayerChannel& channel() const { return *ledger.find(id()); }
  std::string resume_code(base::Amount ceiling, std::optional<base::Signature> signature) {
    return code_of(ledger.resume(id(), RelayView{units(0), ceiling, signature}));
  }
};

base::Signature signature_over(base::Amount ceiling, const base::SecretKey& key = kPayer) {
  return sign_voucher(kDomain, id(), ceiling, key).signature;
}

base::Result<PayerLedger> replayed_wallet(const std::vector<base::Bytes>& records) {
  PayerLedger ledger(kDomain);
  for (const base::Bytes& record : records) FERRY_CHECK(ledger.replay(record));
  return ledger;
}

std::string wallet_code_with(std::vector<base::Bytes> records, const Record& added) {
  records.push_back(pack(added));
  return code_of(replayed_wallet(records));
}

}  // namespace

TEST_CASE("payer ledger: it signs what it verified and what it chose to prepay, no more") {
  Wallet wallet;
  CHECK(wallet.sign(units(0), units(100)) == std::nullopt);
  CHECK(wallet.sign(units(30), units(100))->ceiling == units(30));
  CHECK(wallet.sign(units(30), units(100)) == std::nullopt);
  wallet.receive(0, units(10));
  CHECK(wallet.sign(units(30), units(100))->ceiling == units(40));
  CHECK(wallet.sign(units(0), units(100)) == std::nullopt);
  CHECK(wallet.channel().signed_ceiling == units(40));
}

TEST_CASE("payer ledger: a delivery is owed once its record is durable, and several may be on their way") {
  Wallet wallet;
  const Record first = wallet.ledger.delivered(id(), chunk(0).request, 0, kDomain, units(10), {});
  const Record second = wallet.ledger.delivered(id(), chunk(0).request, 1, kDomain, units(5), {});
  CHECK(wallet.channel().confirmed == units(0));
  CHECK(std::get<DeliveredRecord>(second).confirmed_after == units(15));
  wallet.durable(first);
  CHECK(wallet.channel().confirmed == units(10));
  wallet.durable(second);
  CHECK(wallet.channel().confirmed == units(15));
  CHECK(replayed_wallet(wallet.records)->find(id())->confirmed == units(15));
}

TEST_CASE("payer ledger: the durable bound is raised in steps, before anything above it is signed") {
  Wallet wallet;
  const auto step = wallet.ledger.next_ceiling(id(), units(30), units(200)).value();
  REQUIRE(step->reserve.has_value());
  CHECK(std::get<ReserveCeilingRecord>(*step->reserve).reserved_ceiling == units(200));
  wallet.durable(*step->reserve);
  CHECK_FALSE(wallet.ledger.next_ceiling(id(), units(200), units(200)).value()->reserve.has_value());
  const auto jump = wallet.ledger.next_ceiling(id(), units(700), units(10)).value();
  CHECK(std::get<ReserveCeilingRecord>(*jump->reserve).reserved_ceiling == units(700));
}

TEST_CASE("payer ledger: neither a ceiling nor the durable bound goes above the balance") {
  Wallet wallet(units(100));
  const auto step = wallet.ledger.next_ceiling(id(), units(500), units(500)).value();
  CHECK(step->ceiling == units(100));
  CHECK(std::get<ReserveCeilingRecord>(*step->reserve).reserved_ceiling == units(100));
}

TEST_CASE("payer ledger: when the balance does not cover what is owed it asks for a deposit") {
  Wallet wallet(units(100));
  wallet.receive(0, units(101));
  CHECK(code_of(wallet.ledger.next_ceiling(id(), units(0), units(10))) == "channel_exhausted");
  wallet.chain(units(200));
  CHECK(wallet.sign(units(0), units(10))->ceiling == units(101));
}

TEST_CASE("payer ledger: nothing is ever signed for a closed channel") {
  Wallet wallet;
  wallet.receive(0, units(10));
  wallet.chain(units(1000), units(0), true);
  CHECK(code_of(wallet.ledger.next_ceiling(id(), units(10), units(10))) == "channel_closed");
  wallet.chain(units(1000), units(0), false);  // a lagging node
  CHECK(code_of(wallet.ledger.next_ceiling(id(), units(10), units(10))) == "channel_closed");
  CHECK(code_of(wallet.ledger.open("", config(), units(5), {})) == "channel_closed");
  CHECK(code_of(wallet.ledger.adopt_loss(id(), units(20), units(20))) == "channel_closed");
  CHECK(wallet.ledger.usable_channel(kRelay.address()) == std::nullopt);
  CHECK(code_of(replayed_wallet(wallet.records)->next_ceiling(id(), units(10), units(10))) == "channel_closed");
}

TEST_CASE("payer ledger: channels that it does not know are refused") {
  Wallet wallet;
  CHECK(code_of(wallet.ledger.next_ceiling(id(1), units(1), units(1))) == "channel_unknown");
  CHECK(code_of(wallet.ledger.resume(id(1), RelayView{})) == "channel_unknown");
  CHECK(code_of(wallet.ledger.adopt_loss(id(1), units(1), units(1))) == "channel_unknown");
  CHECK(code_of(wallet.ledger.sync(id(1), units(1), units(0), false)) == "channel_unknown");
  CHECK(wallet.ledger.find(id(1)) == nullptr);
}

TEST_CASE("payer ledger: it opens only channels that a relay could accept and a journal can keep") {
  Wallet wallet;
  ChannelConfig without_key = config();
  without_key.payer_authorizer = {};
  CHECK(code_of(wallet.ledger.open("", without_key, units(1), {})) == "channel_authorizer");
  CHECK(code_of(wallet.ledger.open("", config(), units(1), base::Bytes(kMaxRawTransactionBytes + 1))) == "transaction_too_long");
  CHECK(code_of(wallet.ledger.open(std::string(kMaxRelayTextBytes + 1, 'x'), config(), units(1), {})) == "relay_text_too_long");
}

TEST_CASE("payer ledger: a deposit's transaction is kept until the balance has grown") {
  Wallet wallet;
  CHECK(wallet.channel().raw_transaction.empty());
  wallet.durable(wallet.ledger.open("ferry://relay", config(), units(500), base::Bytes{4, 5}).value());
  wallet.chain(units(1000));
  CHECK(wallet.channel().raw_transaction == base::Bytes{4, 5});
  CHECK(replayed_wallet(wallet.ledger.snapshot())->find(id())->raw_transaction == base::Bytes{4, 5});
  wallet.chain(units(1500));
  CHECK(wallet.channel().raw_transaction.empty());
}

TEST_CASE("payer ledger: a relay's view is believed only with our own signature, within what was reserved") {
  Wallet wallet;
  wallet.sign(units(30), units(200));
  CHECK(wallet.resume_code(units(0), std::nullopt) == "ok");
  CHECK(wallet.resume_code(units(20), std::nullopt) == "relay_view_forged");
  CHECK(wallet.resume_code(units(20), signature_over(units(20), kStranger)) == "relay_view_forged");
  CHECK(wallet.resume_code(units(20), signature_over(units(30))) == "relay_view_forged");
  CHECK(wallet.resume_code(units(201), signature_over(units(201))) == "wallet_outdated");
  CHECK(wallet.resume_code(units(201), signature_over(units(201), kStranger)) == "relay_view_forged");
  base::Signature odd = signature_over(units(20));
  odd.data[64] = 1;
  CHECK(wallet.resume_code(units(20), odd) == "relay_view_forged");
  CHECK(wallet.channel().signed_ceiling == units(30));
  CHECK(wallet.resume_code(units(20), signature_over(units(20))) == "ok");
  CHECK(wallet.channel().signed_ceiling == units(30));
}

TEST_CASE("payer ledger: after a restart it learns from the relay what it had signed") {
  Wallet wallet;
  wallet.sign(units(70), units(200));
  PayerLedger restarted = replayed_wallet(wallet.records).value();
  CHECK(restarted.find(id())->signed_ceiling == units(0));
  CHECK(restarted.find(id())->reserved_ceiling == units(200));
  REQUIRE(restarted.resume(id(), RelayView{units(0), units(70), signature_over(units(70))}).has_value());
  CHECK(restarted.find(id())->signed_ceiling == units(70));
}

TEST_CASE("payer ledger: a voucher that was lost with its connection is signed again, the same one") {
  Wallet wallet;
  const auto lost = wallet.sign(units(70), units(200));
  CHECK(wallet.sign(units(70), units(200)) == std::nullopt);
  REQUIRE(wallet.resume_code(units(0), std::nullopt) == "ok");
  CHECK(wallet.sign(units(70), units(200)) == lost);
  REQUIRE(wallet.resume_code(units(40), signature_over(units(40))) == "ok");
  CHECK(wallet.channel().signed_ceiling == units(70));
  CHECK(wallet.sign(units(70), units(200)) == lost);
  CHECK(wallet.sign(units(70), units(200)) == std::nullopt);
  wallet.ledger.voucher_refused(id(), units(40));
  CHECK(wallet.sign(units(70), units(200)) == lost);
}

TEST_CASE("payer ledger: a signed ceiling that was recorded is known after a restart, and nothing else changes") {
  Wallet wallet;
  wallet.receive(0, units(10));
  wallet.sign(units(70), units(200));
  const Record note = SignedRecord{id(), units(80), {}, {}};
  wallet.durable(note);
  wallet.receive(1, units(5));
  const PayerLedger ledger = replayed_wallet(wallet.records).value();
  CHECK(ledger.find(id())->signed_ceiling == units(80));
  CHECK(ledger.find(id())->confirmed == units(15));
  CHECK(wallet_code_with(wallet.records, SignedRecord{id(), units(201), {}, {}}) == "journal_record");
}

TEST_CASE("payer ledger: a fee is counted once, however often its transaction's fate is learned, and outlives compaction") {
  Wallet wallet;
  const base::Bytes withdrawal{7, 7};
  const auto transaction = base::keccak256(base::ByteView{withdrawal});
  wallet.durable(wallet.ledger.withdrawing(id(), transaction, withdrawal).value());
  CHECK(wallet.channel().withdrawal == withdrawal);
  CHECK(replayed_wallet(wallet.records)->find(id())->withdrawal == withdrawal);
  CHECK(replayed_wallet(replayed_wallet(wallet.records)->snapshot())->find(id())->withdrawal == withdrawal);

  wallet.durable(wallet.ledger.fate_known(id(), transaction, units(3), false).value());
  wallet.durable(wallet.ledger.fate_known(id(), transaction, units(3), false).value());
  CHECK(wallet.channel().withdrawal.empty());
  CHECK(wallet.channel().fees == units(3));
  wallet.durable(wallet.ledger.fate_known(id(), kDomain, units(4), false).value());
  CHECK(wallet.channel().fees == units(7));

  auto shortened = replayed_wallet(wallet.records)->snapshot();
  CHECK(replayed_wallet(shortened)->find(id())->fees == units(7));
  shortened.push_back(pack(wallet.ledger.fate_known(id(), kDomain, units(4), false).value()));
  CHECK(replayed_wallet(shortened)->find(id())->fees == units(7));
}

TEST_CASE("payer ledger: a deposit that failed for good is forgotten, one that succeeded only when the chain shows it") {
  Wallet wallet;
  const base::Bytes raw{9, 9, 9};
  const auto transaction = base::keccak256(base::ByteView{raw});
  wallet.durable(wallet.ledger.open("ferry://relay", config(), units(50), raw).value());
  CHECK(wallet.channel().deposit == units(50));
  wallet.durable(wallet.ledger.fate_known(id(), transaction, units(1), false).value());
  CHECK(wallet.channel().raw_transaction == raw);
  CHECK(replayed_wallet(replayed_wallet(wallet.records)->snapshot())->find(id())->deposit == units(50));
  wallet.durable(wallet.ledger.fate_known(id(), transaction, {}, true).value());
  CHECK(wallet.channel().raw_transaction.empty());
  CHECK(wallet_code_with({}, PayerTransactionRecord{id(), transaction, {}, {}, true}) == "journal_record");
}

TEST_CASE("payer ledger: a relay's count moves nothing but by an adopted loss within the bound") {
  Wallet wallet;
  wallet.receive(0, units(10));
  wallet.sign(units(0), units(100));
  REQUIRE(wallet.ledger.resume(id(), RelayView{units(900), units(10), signature_over(units(10))}).has_value());
  CHECK(wallet.channel().confirmed == units(10));
  CHECK(code_of(wallet.ledger.adopt_loss(id(), units(31), units(20))) == "loss_above_bound");
  CHECK(wallet.channel().recorded == units(10));
  wallet.durable(wallet.ledger.adopt_loss(id(), units(30), units(20)).value());
  CHECK(wallet.channel().confirmed == units(30));
  CHECK(wallet.channel().adopted == units(20));
}

TEST_CASE("payer ledger: a relay that gives the rest back keeps what was delivered or promised, and nothing beyond") {
  Wallet wallet;
  wallet.receive(0, units(10));
  wallet.sign(units(20), units(100));
  CHECK(wallet.channel().last_ceiling() == units(30));
  wallet.receive(1, units(25));
  CHECK(wallet.channel().last_ceiling() == units(35));
  wallet.sign(units(5), units(100));
  wallet.chain(units(1000), units(0), true);
  CHECK(wallet.channel().last_ceiling() == units(40));  // C4: what was signed before, and nothing new
  CHECK(code_of(wallet.ledger.leave(id(), units(41))) == "refund_too_low");
  CHECK(code_of(wallet.ledger.leave(id(1), units(1))) == "channel_unknown");
  CHECK(std::get<AdoptedRecord>(wallet.ledger.leave(id(), units(30)).value()).amount.is_zero());
  wallet.durable(wallet.ledger.leave(id(), units(40)).value());
  CHECK(wallet.channel().confirmed == units(40));
  CHECK(wallet.channel().adopted == units(5));
  CHECK(wallet.channel().unspent() == units(960));
  CHECK(replayed_wallet(wallet.records)->find(id())->adopted == units(5));
}

TEST_CASE("payer ledger: what is on its way to the disk is no loss") {
  Wallet wallet;
  const Record delivered = wallet.ledger.delivered(id(), chunk(0).request, 0, kDomain, units(10), {});
  const Record adopted = wallet.ledger.adopt_loss(id(), units(15), units(5)).value();
  CHECK(std::get<AdoptedRecord>(adopted).amount == units(5));
  wallet.durable(delivered);
  wallet.durable(adopted);
  CHECK(wallet.channel().confirmed == units(15));
  CHECK(std::get<AdoptedRecord>(wallet.ledger.adopt_loss(id(), units(9), units(5)).value()).amount == units(0));
}

TEST_CASE("payer ledger: a wallet that was set back learns from the chain what it must once have signed") {
  Wallet wallet;
  wallet.chain(units(1000), units(300));
  CHECK(wallet.channel().signed_ceiling == units(300));
  CHECK(wallet.channel().reserved_ceiling == units(300));
  CHECK(wallet.channel().confirmed == units(0));
  CHECK(wallet.sign(units(299), units(10)) == std::nullopt);
}

TEST_CASE("payer ledger: a chain that claims more than there is is not believed") {
  Wallet wallet;
  CHECK(code_of(wallet.ledger.sync(id(), units(10), units(11), false)) == "chain_inconsistent");
}

TEST_CASE("payer ledger: an older answer of the chain after a newer one is held within what is known") {
  Wallet wallet;
  const Record old = wallet.ledger.sync(id(), units(100), units(0), false).value();
  wallet.chain(units(1000), units(300));
  wallet.durable(old);
  CHECK(wallet.channel().total_claimed == units(300));
  CHECK(wallet.channel().balance == units(300));
  CHECK(replayed_wallet(wallet.records)->find(id())->balance == units(300));
}

TEST_CASE("payer ledger: of several channels to a relay the fullest is used") {
  Wallet wallet(units(1000));
  const auto add = [&](std::uint8_t epoch, base::Amount balance) {
    wallet.durable(wallet.ledger.open("", config(epoch), balance, {}).value());
    wallet.durable(wallet.ledger.sync(id(epoch), balance, units(0), false).value());
  };
  add(1, units(900));
  CHECK(wallet.ledger.usable_channel(kRelay.address()) == id(0));
  wallet.sign(units(200), units(200));
  CHECK(wallet.ledger.usable_channel(kRelay.address()) == id(1));
  CHECK(wallet.ledger.usable_channel(kStranger.address()) == std::nullopt);
  wallet.sign(units(1000), units(200));
  wallet.durable(wallet.ledger.sync(id(1), units(900), units(0), true).value());
  CHECK(wallet.ledger.usable_channel(kRelay.address()) == std::nullopt);
}

TEST_CASE("payer ledger: replay of any beginning of the records is sound, and of all of them gives the state back") {
  Wallet wallet;
  for (std::uint64_t i = 0; i < 5; ++i) {
    wallet.receive(i, units(10));
    wallet.sign(units(20), units(25));
  }
  wallet.durable(wallet.ledger.adopt_loss(id(), units(55), units(5)).value());
  for (std::size_t count = 0; count <= wallet.records.size(); ++count) {
    const auto ledger = replayed_wallet({wallet.records.begin(), wallet.records.begin() + static_cast<std::ptrdiff_t>(count)});
    REQUIRE(ledger.has_value());
    CHECK(ledger->audit().has_value());
  }
  const PayerLedger ledger = replayed_wallet(wallet.records).value();
  CHECK(ledger.find(id())->confirmed == units(55));
  CHECK(ledger.find(id())->adopted == units(5));
  CHECK(ledger.find(id())->reserved_ceiling == wallet.channel().reserved_ceiling);
  CHECK(ledger.find(id())->relay == "ferry://relay");
}

TEST_CASE("payer ledger: its snapshot rebuilds it, a balance that fell and a closed channel included") {
  Wallet wallet;
  wallet.receive(0, units(10));
  wallet.sign(units(600), units(25));
  wallet.durable(wallet.ledger.adopt_loss(id(), units(15), units(5)).value());
  wallet.chain(units(100), units(50), true);
  const auto snapshot = wallet.ledger.snapshot();
  const auto ledger = replayed_wallet(snapshot);
  REQUIRE_MESSAGE(ledger.has_value(), ledger.error().message);
  CHECK(ledger->snapshot() == snapshot);
  const PayerChannel& channel = *ledger->find(id());
  CHECK(channel.signed_ceiling == units(610));
  CHECK(channel.confirmed == units(15));
  CHECK(channel.adopted == units(5));
  CHECK(channel.balance == units(100));
  CHECK(channel.closed);
}

TEST_CASE("payer ledger: records that do not fit are refused by an error, never by a crash") {
  Wallet wallet;
  wallet.receive(0, units(10));
  wallet.sign(units(20), units(25));
  const auto& records = wallet.records;
  const std::vector<base::Bytes> none;
  const auto request = chunk(0).request;
  CHECK(wallet_code_with(none, PayerChainRecord{id(), units(1), {}, false}) == "journal_record");
  CHECK(wallet_code_with(none, ReserveCeilingRecord{id(), units(1)}) == "journal_record");
  CHECK(wallet_code_with(none, DeliveredRecord{id(), request, 0, {}, units(1), units(1), {}}) == "journal_record");
  CHECK(wallet_code_with(none, AdoptedRecord{id(), units(1), units(1)}) == "journal_record");
  CHECK(wallet_code_with(none, SignedRecord{id(), {}, {}, {}}) == "journal_record");
  CHECK(wallet_code_with(none, ChargedRecord{id(), {}, {}}) == "journal_record");
  CHECK(wallet_code_with(records, PayerChainRecord{id(), units(1), units(2), false}) == "journal_record");
  CHECK(wallet_code_with(records, ReserveCeilingRecord{id(), units(1001)}) == "journal_record");
  CHECK(wallet_code_with(records, DeliveredRecord{id(), request, 1, {}, units(1), units(12), {}}) == "journal_record");
  CHECK(wallet_code_with(records, DeliveredRecord{id(), request, 1, {}, base::Amount::max(), units(9), {}}) == "journal_record");
  CHECK(wallet_code_with(records, DeliveredRecord{id(), request, 1, {}, units(1), units(11), {}}) == "ok");
  CHECK(wallet_code_with(records, AdoptedRecord{id(), units(1), units(12)}) == "journal_record");
  CHECK(wallet_code_with(records, SignedRecord{id(), units(10), units(10), {}}) == "journal_record");
}

TEST_CASE("payer ledger: a missing delivery is noticed") {
  Wallet wallet;
  for (std::uint64_t i = 0; i < 3; ++i) wallet.receive(i, units(10));
  auto records = wallet.records;
  records.erase(records.begin() + 3);
  CHECK(code_of(replayed_wallet(records)) == "journal_record");
}
