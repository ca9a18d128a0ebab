#include <doctest/doctest.h>

#include "tests/chain/relay_chain.hpp"

using namespace ferry;
using namespace ferry::relay;
using namespace ferry::relay::test;
using base::Amount;
using chain::evm::test::done;

namespace {

constexpr std::uint8_t kChannels = 5;

/// Five channels with 100 to claim in each, which waits; none was read since the last place but one.
void settle_down(RelayOnChain& relay) {
  for (std::uint8_t salt = 1; salt <= kChannels; ++salt) relay.earn(Amount::btt(100), salt);
  for (int i = 0; i < 3; ++i) {
    REQUIRE(relay.tick());
    relay.now = relay.now + std::chrono::minutes(10);
    relay.chain.mine(2);
  }
}

/// Channels that a start reads.
int reads_of_a_start(RelayOnChain& relay) {
  relay.start();
  REQUIRE(relay.life->settlement.catch_up(relay.now));
  return relay.life->backend.reads;
}

/// Executed in the newest block alone.
void act_unconfirmed(RelayOnChain& relay, const chain::Action& action) {
  const auto prepared = relay.payers_view->prepare(action, relay.chain.people.payer);
  REQUIRE(prepared.is_ok());
  relay.chain.ask("eth_sendRawTransaction", {"0x" + base::to_hex(prepared.value->bytes)});
  relay.chain.mine();
}

}  // namespace

TEST_CASE("relay: a start reads what has changed since the place that its journal holds, and nothing else") {
  RelayOnChain relay;
  settle_down(relay);
  CHECK(reads_of_a_start(relay) == 0);
  relay.check_books();

  relay.life.reset();
  REQUIRE(done(*relay.payers_view, chain::Deposit{relay.chain.config(2), Amount::btt(7)}, relay.chain.people.payer) == "ok");
  relay.chain.mine(200);
  CHECK(reads_of_a_start(relay) == 1);
  relay.check_books();
}

TEST_CASE("relay: a withdrawal begun in the newest block is seen by a start that reads little") {
  RelayOnChain relay;
  settle_down(relay);
  relay.life.reset();
  act_unconfirmed(relay, chain::InitiateWithdraw{relay.chain.config(4), Amount::btt(5000)});
  CHECK(reads_of_a_start(relay) == 1);
  CHECK(relay.book().find(relay.id(4))->status == channels::ChannelStatus::draining);
  REQUIRE(relay.tick());
  CHECK(relay.claimed(4) == Amount::btt(100));
  relay.check_books();
}

namespace {

/// The relay is down, and the channels are not there any more.
void take_back(RelayOnChain& relay) {
  REQUIRE(relay.tick());
  const auto before = relay.chain.ask("evm_snapshot");
  settle_down(relay);
  relay.life.reset();
  REQUIRE(relay.chain.ask("evm_revert", {before}) == true);
}

}  // namespace

TEST_CASE("relay: a start on a chain whose history goes another way reads every channel, and what is not there is no money") {
  RelayOnChain relay;
  take_back(relay);
  relay.chain.mine(200);
  CHECK(reads_of_a_start(relay) == kChannels);
  for (std::uint8_t salt = 1; salt <= kChannels; ++salt) CHECK(relay.book().find(relay.id(salt))->chain.balance.is_zero());
  CHECK(relay.promise(Amount::btt(200)) == "voucher_above_balance");
}

TEST_CASE("relay: on a chain that is lower than it was nothing is sold, for the node may only be behind, until it has caught up") {
  RelayOnChain relay;
  take_back(relay);
  relay.start();
  CHECK(relay.life->settlement.catch_up(relay.now).error().code == "chain_behind");
  CHECK(relay.life->settlement.is_blind(relay.now));
  relay.chain.mine(200);
  REQUIRE(relay.life->settlement.catch_up(relay.now));
  CHECK(relay.life->backend.reads == kChannels);
  CHECK_FALSE(relay.life->settlement.is_blind(relay.now));
}

TEST_CASE("relay: a chain that takes back what it had confirmed while the relay runs is noticed at once, in every channel") {
  RelayOnChain relay;
  REQUIRE(relay.tick());
  const auto before = relay.chain.ask("evm_snapshot");
  settle_down(relay);
  REQUIRE(relay.chain.ask("evm_revert", {before}) == true);
  relay.chain.mine(200);
  REQUIRE(relay.tick());
  for (std::uint8_t salt = 1; salt <= kChannels; ++salt) CHECK(relay.book().find(relay.id(salt))->chain.balance.is_zero());
}
