#include "channels/relay_ledger.hpp"

#include <doctest/doctest.h>

#include "tests/unit/channels/parties.hpp"

using namespace ferry;
using namespace ferry::channels;
using namespace ferry::channels::test;

namespace {

Reservation reserved(RelayLedger& ledger, const base::ChannelId& channel, std::uint64_t index, base::Amount price,
                     base::Amount chunk_price = units(100)) {
  return std::get<Reservation>(ledger.reserve(channel, chunk(index), price, chunk_price, kNow).value());
}

/// Delivers and charges one chunk.
void deliver(RelayLedger& ledger, const base::ChannelId& channel, std::uint64_t index, base::Amount price) {
  ledger.charge(reserved(ledger, channel, index, price, price), price, kNow);
}

std::string open_code(const RelayLedger& ledger, const ChannelConfig& config, const ChainChannel& chain) {
  return code_of(ledger.open(config, chain));
}

}  // namespace

TEST_CASE("relay ledger: a channel counts once its record is applied") {
  auto ledger = relay_ledger();
  const Record record = ledger.open(config(), holding(units(1000))).value();
  CHECK(ledger.find(id()) == nullptr);
  ledger.apply(record);
  REQUIRE(ledger.find(id()) != nullptr);
  CHECK(ledger.find(id())->chain == holding(units(1000)));
  CHECK(ledger.find(id())->status == ChannelStatus::open);
}

TEST_CASE("relay ledger: channels that it could not be paid from are refused by reason") {
  auto ledger = relay_ledger();
  const auto with = [](auto change) {
    ChannelConfig changed = config();
    change(changed);
    return changed;
  };
  const ChainChannel chain = holding(units(1000));
  CHECK(open_code(ledger, with([](auto& c) { c.receiver = kStranger.address(); }), chain) == "channel_other_relay");
  CHECK(open_code(ledger, with([](auto& c) { c.receiver_authorizer = kStranger.address(); }), chain) == "channel_other_relay");
  CHECK(open_code(ledger, with([](auto& c) { c.token = address(1); }), chain) == "channel_other_relay");
  CHECK(open_code(ledger, with([](auto& c) { c.payer_authorizer = {}; }), chain) == "channel_authorizer");
  CHECK(open_code(ledger, with([](auto& c) { c.withdraw_delay = 1; }), chain) == "channel_delay");
  CHECK(open_code(ledger, config(), holding(units(0))) == "channel_not_on_ledger");
  ChainChannel closed = chain;
  closed.closed = true;
  CHECK(open_code(ledger, config(), closed) == "channel_closed");
  ChainChannel impossible = chain;
  impossible.total_claimed = units(1001);
  CHECK(open_code(ledger, config(), impossible) == "chain_inconsistent");
  CHECK(open_code(ledger, config(), holding(base::Amount::max())) == "chain_inconsistent");
  CHECK(ledger.channels().empty());
}

TEST_CASE("relay ledger: one payer may hold 64 channels, and a closed one that owes nothing makes room") {
  auto ledger = relay_ledger();
  for (std::uint8_t epoch = 0; epoch < RelayLedger::kMaxChannelsPerPayer; ++epoch) open(ledger, units(1000), epoch);
  CHECK(open_code(ledger, config(200), holding(units(1000))) == "too_many_channels");
  CHECK(open_code(ledger, config(0), holding(units(1000))) == "ok");
  ChainChannel closed = holding(units(0));
  closed.closed = true;
  ledger.apply(ledger.sync(id(0), closed).value());
  CHECK(open_code(ledger, config(200), holding(units(1000))) == "ok");
}

TEST_CASE("relay ledger: a pending withdrawal stops the sale, and its end lets it go on") {
  auto ledger = relay_ledger();
  const auto channel = open(ledger, units(1000));
  ChainChannel chain = holding(units(1000));
  chain.pending_withdraw = units(1);
  ledger.apply(ledger.sync(channel, chain).value());
  CHECK(ledger.find(channel)->status == ChannelStatus::draining);
  CHECK(code_of(ledger.reserve(channel, chunk(0), units(1), units(1), kNow)) == "channel_not_open");
  ledger.apply(ledger.sync(channel, holding(units(999))).value());
  CHECK(ledger.reserve(channel, chunk(0), units(1), units(1), kNow).has_value());
}

TEST_CASE("relay ledger: closed is for ever and claimed never falls, whatever a lagging node says") {
  auto ledger = relay_ledger();
  const auto channel = open(ledger, units(1000));
  pay(ledger, channel, units(500));
  deliver(ledger, channel, 0, units(400));
  ChainChannel chain = holding(units(400));
  chain.total_claimed = units(400);
  chain.closed = true;
  ledger.apply(ledger.sync(channel, chain).value());
  ledger.apply(ledger.sync(channel, holding(units(1000))).value());
  CHECK(ledger.find(channel)->status == ChannelStatus::closed);
  CHECK(ledger.find(channel)->chain.total_claimed == units(400));
  CHECK(open_code(ledger, config(), holding(units(1000))) == "channel_closed");
  CHECK(code_of(ledger.reserve(channel, chunk(1), units(1), units(1), kNow)) == "channel_not_open");
  CHECK(ledger.claimable().empty());
}

TEST_CASE("relay ledger: unknown channels are refused") {
  auto ledger = relay_ledger();
  CHECK(code_of(ledger.reserve(id(), chunk(0), units(1), units(1), kNow)) == "channel_unknown");
  CHECK(code_of(ledger.sync(id(), holding(units(1)))) == "channel_unknown");
  CHECK(ledger.find(id()) == nullptr);
  ledger.confirm(id(), units(1));
  CHECK_FALSE(ledger.payer_left(kPayer.address()).has_value());
}

TEST_CASE("relay ledger: a reservation that is released was never there") {
  auto ledger = relay_ledger();
  const auto channel = open(ledger, units(1000));
  const auto before = ledger.snapshot();
  const Reservation reservation = reserved(ledger, channel, 0, units(100));
  CHECK(ledger.find(channel)->reserved == units(100));
  ledger.release(reservation);
  CHECK(ledger.find(channel)->reserved == units(0));
  CHECK(ledger.debt_of(kPayer.address()) == units(0));
  CHECK(reserved(ledger, channel, 1, units(100)).price == units(100));
}

TEST_CASE("relay ledger: a hit may cost less than was reserved, never more") {
  auto ledger = relay_ledger();
  const auto channel = open(ledger, units(1000));
  pay(ledger, channel, units(1000));
  const auto less = ledger.charge(reserved(ledger, channel, 0, units(100)), units(30), kNow);
  CHECK(std::get<ChargeRecord>(*less).charge == units(30));
  const auto more = ledger.charge(reserved(ledger, channel, 1, units(100)), units(101), kNow);
  CHECK(std::get<ChargeRecord>(*more).charge == units(100));
  CHECK(ledger.find(channel)->charged == units(130));
  CHECK(ledger.find(channel)->reserved == units(0));
}

TEST_CASE("relay ledger: applying a charge again changes nothing, it took effect when it was made") {
  auto ledger = relay_ledger();
  const auto channel = open(ledger, units(1000));
  const auto record = ledger.charge(reserved(ledger, channel, 0, units(100)), units(100), kNow);
  ledger.apply(*record);
  CHECK(ledger.find(channel)->charged == units(100));
}

TEST_CASE("relay ledger: what is claimable is charged, promised and on the chain") {
  auto ledger = relay_ledger();
  const auto channel = open(ledger, units(1000));
  CHECK(ledger.claimable().empty());
  deliver(ledger, channel, 0, units(100));
  CHECK(ledger.claimable().empty());  // charged, not promised
  pay(ledger, channel, units(60));
  REQUIRE(ledger.claimable().size() == 1);
  CHECK(ledger.claimable()[0].total_claimed == units(60));
  pay(ledger, channel, units(700));
  const ClaimRow row = ledger.claimable()[0];
  CHECK(row.total_claimed == units(100));
  CHECK(row.ceiling == units(700));
  CHECK(base::check_signature(voucher_digest(kDomain, channel, row.ceiling), row.voucher_signature, kPayer.address()).has_value());

  ChainChannel chain = holding(units(1000));
  chain.total_claimed = units(100);
  ledger.apply(ledger.sync(channel, chain).value());
  CHECK(ledger.claimable().empty());
}

TEST_CASE("relay ledger: a withdrawal that came before the claim leaves no more to claim than the balance") {
  auto ledger = relay_ledger();
  const auto channel = open(ledger, units(1000));
  pay(ledger, channel, units(500));
  deliver(ledger, channel, 0, units(400));
  ledger.apply(ledger.sync(channel, holding(units(300))).value());
  REQUIRE(ledger.claimable().size() == 1);
  CHECK(ledger.claimable()[0].total_claimed == units(300));
  const auto admitted = ledger.reserve(channel, chunk(1), units(1), units(1), kNow).value();
  CHECK(std::get<NeedVoucher>(admitted).required > units(300));  // only a deposit helps
}

TEST_CASE("relay ledger: a relay that lost its journal starts from what the chain says was claimed") {
  auto ledger = relay_ledger();
  ChainChannel chain = holding(units(1000));
  chain.total_claimed = units(400);
  ledger.apply(ledger.open(config(), chain).value());
  const RelayChannel* channel = ledger.find(id());
  CHECK(channel->charged == units(400));
  CHECK(channel->debt() == units(0));
  CHECK(code_of(ledger.precheck(id(), units(400))) == "voucher_not_above_last");
  CHECK(code_of(ledger.precheck(id(), units(401))) == "ok");
  CHECK(ledger.claimable().empty());
  deliver(ledger, id(), 0, units(10));
  CHECK(ledger.debt_of(kPayer.address()) == units(10));
}

TEST_CASE("relay ledger: a claim of a lost past that comes up while prepaid chunks are fetched turns them into debt, not into a crash") {
  auto ledger = relay_ledger();
  const auto channel = open(ledger, units(1000));
  pay(ledger, channel, units(300));
  const Reservation reservation = reserved(ledger, channel, 0, units(200), units(50));
  ChainChannel chain = holding(units(1000));
  chain.total_claimed = units(300);
  ledger.apply(ledger.sync(channel, chain).value());
  ledger.charge(reservation, units(200), kNow);
  CHECK(ledger.find(channel)->charged == units(500));
  CHECK(ledger.debt_of(kPayer.address()) == units(200));
}

TEST_CASE("relay ledger: what the client says it has verified is kept at most up to what was charged, and never falls") {
  auto ledger = relay_ledger();
  const auto channel = open(ledger, units(1000));
  pay(ledger, channel, units(500));
  deliver(ledger, channel, 0, units(100));
  ledger.confirm(channel, units(60));
  CHECK(ledger.find(channel)->confirmed == units(60));
  ledger.confirm(channel, units(10));
  CHECK(ledger.find(channel)->confirmed == units(60));
  ledger.confirm(channel, units(900));
  CHECK(ledger.find(channel)->confirmed == units(100));
}

TEST_CASE("relay ledger: a prepared transaction is kept until its fate is recorded") {
  auto ledger = relay_ledger();
  ledger.apply(TransactionRecord{kDomain, base::Bytes{1, 2, 3}, 0});
  REQUIRE(ledger.prepared_transactions().size() == 1);
  CHECK(ledger.prepared_transactions().at(kDomain).bids.front().raw == base::Bytes{1, 2, 3});
  ledger.apply(TransactionRecord{kDomain, {}, 1});
  CHECK(ledger.prepared_transactions().empty());
}
