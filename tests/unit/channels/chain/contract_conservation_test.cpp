// Random calls of several payers, relays and strangers: whatever they do, no money appears or disappears, and nobody loses what he has not
// given away.

#include <doctest/doctest.h>

#include <chrono>
#include <map>
#include <string>

#include "tests/unit/channels/chain/contract_world.hpp"
#include "tests/unit/channels/chain/random_actions.hpp"

using namespace ferry;
using namespace ferry::chain;
using namespace ferry::chain::test;

namespace {

void check_every_channel(const ContractWorld& world) {
  for (const auto& [id, channel] : world.storage.channels) {
    REQUIRE(channel.total_claimed <= channel.balance);
    REQUIRE((channel.pending_withdraw.is_zero()) == (channel.withdraw_at == base::Time{}));
    if (channel.closed) REQUIRE(channel.total_claimed == channel.balance);
  }
  for (const auto& [receiver, earned] : world.storage.receivables) REQUIRE(earned.settled <= earned.claimed);
}

void check_what_may_only_grow(const MapStorage& before, const MapStorage& after) {
  for (const auto& [id, channel] : before.channels) {
    const auto& now = after.channels.at(id);
    REQUIRE(channel.total_claimed <= now.total_claimed);
    if (channel.closed) REQUIRE(channel == now);
  }
  for (const auto& [id, nonce] : before.refund_nonces) REQUIRE(nonce <= after.refund_nonces.at(id));
  for (const auto& [receiver, earned] : before.receivables) {
    REQUIRE(earned.claimed <= after.receivables.at(receiver).claimed);
    REQUIRE(earned.settled <= after.receivables.at(receiver).settled);
  }
}

/// An account shrinks only by its own signature.
void check_accounts(const MapStorage& before, const MapStorage& after, const Address& signer) {
  for (const auto& [address, balance] : before.accounts) {
    if (address != signer) REQUIRE(balance <= after.accounts.at(address));
  }
}

}  // namespace

TEST_CASE("contract: over random calls the sum of all money stays the same") {
  std::size_t succeeded = 0;
  std::map<std::string, int> reasons;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    ContractWorld world;
    RandomActions random{seed, world.terms};
    for (const auto* key : random.everybody()) world.fund(*key, units(1000));
    const auto all = world.all_money();
    for (int step = 0; step < 150; ++step) {
      const auto before = world.storage;
      const auto call = random.next(world.storage);
      const auto reason = world.run(call.action, *call.from);
      CAPTURE(seed);
      CAPTURE(step);
      REQUIRE(world.all_money() == all);
      check_every_channel(world);
      check_what_may_only_grow(before, world.storage);
      check_accounts(before, world.storage, call.from->address());
      succeeded += reason == "ok" ? 1U : 0U;
      ++reasons[reason];
      world.now = world.now + std::chrono::seconds(random.below(600));
    }
  }
  // The calls reach the rules: most of what is asked for happens, and every no of everyday life is heard.
  CHECK(succeeded > 2000);
  for (const char* reason : {"insufficient_funds", "channel_closed", "claim_above_balance", "claim_above_ceiling", "claim_not_receiver",
                             "withdraw_pending", "withdraw_too_early", "withdraw_above_unclaimed", "refund_not_receiver", "refund_nonce",
                             "signature_of_another_key"}) {
    CAPTURE(reason);
    CHECK(reasons[reason] > 0);
  }
}
