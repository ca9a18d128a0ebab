#include <doctest/doctest.h>

#include <future>

#include "tests/chain/relay_chain.hpp"

using namespace ferry;
using namespace ferry::relay;
using namespace ferry::relay::test;
using base::Amount;
using chain::evm::test::done;

TEST_CASE("relay: what is worth its fee is claimed, the operator settles, and the store is the chain to the last unit") {
  RelayOnChain relay;
  relay.earn(Amount::btt(400), 1);
  relay.earn(Amount::btt(30), 2);
  REQUIRE(relay.tick());
  CHECK(relay.claimed(1) == Amount::btt(400));
  CHECK(relay.claimed(2).is_zero());
  relay.check_books();
  CHECK(relay.book().account().unsettled == Amount::btt(400));
  REQUIRE(relay.claim());
  CHECK(relay.claimed(2) == Amount::btt(30));
  CHECK(relay.book().account().unsettled.is_zero());
  CHECK(relay.book().account().transactions == 3);
  relay.check_books();
}

namespace {

/// The relay ends before or after one of these calls to the chain, which goes on without it; then it starts again. How often it did end.
int crash_at_calls(bool after, int first, int last) {
  RelayOnChain relay;
  int crashes = 0;
  std::uint8_t salt = 0;
  for (int call = first; call <= last; ++call) {
    CAPTURE(call);
    relay.start();
    relay.earn(Amount::btt(2100), ++salt);
    relay.now = relay.now + std::chrono::minutes(10);
    relay.life->backend.crash_at = call;
    relay.life->backend.crash_after = after;
    try {
      REQUIRE(relay.tick());
    } catch (const Crash&) {
      ++crashes;
    }
    relay.chain.mine(7);
    relay.start();
    const auto again = relay.tick();
    REQUIRE_MESSAGE(again, again.error().code, ": ", again.error().message);
    CHECK(relay.claimed(salt) == Amount::btt(2100));
    relay.check_books();
    CHECK(relay.book().account().unsettled.is_zero());
    CHECK(relay.book().account().transactions == 2U * salt);
  }
  return crashes;
}

}  // namespace

// A claim is prepared (0), sent (1) and taken over (2, 3); a settlement is decided (4), prepared (5), sent (6) and taken over (7).
TEST_CASE("relay: ended before a step of a claim it finishes the job by itself") { CHECK(crash_at_calls(false, 0, 3) == 4); }
TEST_CASE("relay: ended after a step of a claim it finishes the job by itself") { CHECK(crash_at_calls(true, 0, 3) == 4); }
TEST_CASE("relay: ended before a step of a settlement it finishes the job by itself") { CHECK(crash_at_calls(false, 4, 7) == 4); }
TEST_CASE("relay: ended after a step of a settlement it finishes the job by itself") { CHECK(crash_at_calls(true, 4, 7) == 4); }

namespace {

/// The payer takes its money back while 100 are owed.
void leave_while_owing(bool restarts) {
  RelayOnChain relay;
  relay.earn(Amount::btt(100));
  REQUIRE(relay.tick());
  CHECK(relay.claimed().is_zero());  // not worth it yet
  REQUIRE(done(*relay.payers_view, chain::InitiateWithdraw{relay.chain.config(), Amount::btt(5000)}, relay.chain.people.payer) == "ok");
  if (restarts) relay.start();
  REQUIRE(relay.tick());
  CHECK(relay.claimed() == Amount::btt(100));
  CHECK(relay.promise(Amount::btt(200)) == "voucher_channel_not_open");
  relay.chain.pass_time(900);
  relay.chain.mine();
  REQUIRE(done(*relay.payers_view, chain::FinalizeWithdraw{relay.chain.config()}, relay.chain.people.payer) == "ok");
  REQUIRE(relay.tick());
  CHECK(relay.book().find(relay.id())->status == channels::ChannelStatus::closed);
  CHECK(relay.book().totals().lost.is_zero());
  relay.check_books();
}

}  // namespace

TEST_CASE("relay: a client that withdraws while it owes is claimed from at once, and has the rest") { leave_while_owing(false); }
TEST_CASE("relay: a withdrawal that was begun while it was down is answered at the start") { leave_while_owing(true); }

TEST_CASE("relay: an unconfirmed deposit is no money, and one that the chain takes back ends what it paid for") {
  RelayOnChain relay;
  REQUIRE(relay.tick());
  const auto before = relay.chain.ask("evm_snapshot");
  const auto open = relay.payers_view->prepare(chain::Deposit{relay.chain.config(), Amount::btt(1000)}, relay.chain.people.payer);
  REQUIRE(open.is_ok());
  relay.chain.ask("eth_sendRawTransaction", {"0x" + base::to_hex(open.value->bytes)});
  relay.chain.mine();
  CHECK(relay.name_channel() == "channel_not_on_ledger");
  relay.chain.mine(4);
  CHECK(relay.name_channel() == "ok");
  CHECK(relay.promise(Amount::btt(10)) == "ok");
  REQUIRE(relay.tick());
  // Deeper than what was called final: no event tells of it.
  REQUIRE(relay.chain.ask("evm_revert", {before}) == true);
  relay.chain.mine(8);
  REQUIRE(relay.tick());
  CHECK(relay.book().find(relay.id())->chain.balance.is_zero());
  CHECK(relay.promise(Amount::btt(20)) == "voucher_above_balance");
}

TEST_CASE("relay: while the node fails nothing is lost, blindness comes in time, and goes") {
  RelayOnChain relay({"proxy"});
  REQUIRE(relay.tick());
  relay.earn(Amount::btt(400));
  for (const auto* mode : {"status_500", "garbage", "hang_up"}) {
    CAPTURE(mode);
    relay.chain.set_proxy(mode);
    relay.now = relay.now + std::chrono::minutes(10);
    CHECK_FALSE(relay.tick());
    CHECK(relay.life->settlement.is_blind(relay.now));
    CHECK_FALSE(relay.life->settlement.status().trouble.empty());
    relay.chain.set_proxy("honest");
    REQUIRE(relay.tick());
    CHECK_FALSE(relay.life->settlement.is_blind(relay.now));
  }
  CHECK(relay.claimed() == Amount::btt(400));
  relay.check_books();
}

namespace {

/// The claim goes astray in this way.
void claim_through(const char* mode) {
  RelayOnChain relay({"proxy"});
  relay.earn(Amount::btt(400));
  relay.chain.set_proxy(mode);
  const auto first = relay.tick();
  if (!first) CHECK(first.error().code == "settlement_pending");
  relay.now = relay.now + std::chrono::minutes(6);
  const auto second = relay.tick();  // offers more, if it still waits
  if (!second) CHECK(second.error().code == "settlement_pending");
  relay.chain.set_proxy("honest");
  relay.start();
  REQUIRE(relay.tick());
  CHECK(relay.claimed() == Amount::btt(400));
  relay.check_books();
  CHECK(relay.book().account().transactions == 1);
}

}  // namespace

TEST_CASE("relay: a claim whose answer is lost is paid for once") { claim_through("mute_sent"); }
TEST_CASE("relay: a claim that the node throws away is offered again, and paid for once") { claim_through("drop_sent"); }

TEST_CASE("relay: two nodes that tell another balance stop it, and it says so") {
  RelayOnChain relay({"node", "proxy"});
  relay.earn(Amount::btt(100));
  REQUIRE(relay.tick());
  relay.chain.set_proxy("rich");
  CHECK(relay.tick().error().code == "chain_disagrees");
  CHECK(relay.life->settlement.is_blind(relay.now));
  CHECK(relay.life->settlement.status().trouble.find("chain_disagrees") == 0);
  relay.chain.set_proxy("honest");
  REQUIRE(relay.tick());
  CHECK_FALSE(relay.life->settlement.is_blind(relay.now));
}

TEST_CASE("relay: without money for fees it says so, and claims when it has some") {
  RelayOnChain relay;
  relay.chain.give(relay.chain.people.relay.address(), Amount::btt(1));
  relay.earn(Amount::btt(400));
  CHECK(relay.tick().error().code == "no_fee_money");
  CHECK(relay.life->settlement.status().lacks_fee_money());
  CHECK_FALSE(relay.life->settlement.is_blind(relay.now));
  relay.chain.give(relay.chain.people.relay.address(), Amount::btt(100'000));
  relay.chain.mine(4);
  REQUIRE(relay.tick());
  CHECK(relay.claimed() == Amount::btt(400));
  CHECK_FALSE(relay.life->settlement.status().lacks_fee_money());
}

TEST_CASE("relay: a voucher for another contract, or for this one on another chain, is worth nothing here") {
  RelayOnChain relay;
  relay.deposit(Amount::btt(1000));
  REQUIRE(relay.name_channel() == "ok");
  const auto config = relay.chain.config();
  for (const base::Domain& domain : {base::Domain{199, relay.chain.erc20}, base::Domain{1029, relay.chain.contract}}) {
    const auto elsewhere = channels::sign_voucher(base::domain_separator(domain), relay.id(), Amount::btt(10), relay.chain.people.session);
    std::promise<std::string> told;
    relay.book().take_voucher(config.payer, elsewhere, {}, [&](const base::Result<Amount>& result) { told.set_value(result ? "ok" : result.error().code); });
    CHECK(told.get_future().get() == "signature_of_another_key");
  }
  CHECK(relay.promise(Amount::btt(10)) == "ok");
}
