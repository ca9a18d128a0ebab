#include <doctest/doctest.h>

#include <map>

#include "channels/chain/ledger_url.hpp"
#include "channels/chain/open_chain.hpp"
#include "channels/channel_config.hpp"
#include "tests/chain/evm_chain.hpp"

using namespace ferry;
using namespace ferry::chain;
using namespace ferry::chain::evm;
using namespace ferry::chain::evm::test;

namespace {

constexpr auto kMany = kMaxEvents;

/// How often each kind of event was told.
std::map<EventKind, int> count_of(const std::vector<ChainEvent>& events) {
  std::map<EventKind, int> count;
  for (const auto& event : events) ++count[event.kind];
  return count;
}

}  // namespace

TEST_CASE("evm: a channel of the chain's own coin is opened, claimed, settled and left, to the last unit") {
  EvmChain chain;
  const auto backend = chain.backend();
  const auto info = *backend->info().value;
  CHECK(info.name == "bttc");
  CHECK(info.domain == base::Domain{199, chain.contract});
  CHECK(info.fees == Fees::in_token);

  const auto& people = chain.people;
  const auto config = chain.config();
  const auto id = chain.id(config);
  CHECK(*backend->read_channel(id).value == channels::ChainChannel{});
  const auto before = *backend->balance_of(people.payer.address()).value;
  CHECK(before == base::Amount::btt(10'000));
  CHECK(backend->fee_balance_of(people.payer.address()).value->value() == before);

  const auto open = prepared(*backend, Deposit{config, base::Amount::btt(1000)}, people.payer);
  CHECK_FALSE(backend->is_step(open));
  const auto receipt = backend->submit(open);
  REQUIRE(fate(receipt) == "ok");
  CHECK(receipt.value->id == open.id);
  CHECK(receipt.value->fee > base::Amount::btt(5));  // 60,000 gas at BTTC's floor are 18 BTT
  CHECK(receipt.value->fee <= open.highest_fee);
  CHECK(chain.coins_of(people.payer.address()) == *before.minus(base::Amount::btt(1000))->minus(receipt.value->fee));
  CHECK(fate(backend->submit(open)) == "ok");  // the same bytes, the same receipt
  CHECK(backend->receipt(open.id).value->value().block == receipt.value->block);
  CHECK(backend->read_channel(id).value->balance == base::Amount::btt(1000));

  const auto row = row_of(chain.separator(), config, people.session, base::Amount::btt(400), base::Amount::btt(300));
  CHECK(done(*backend, Claim{{row}, {}}, people.relay) == "ok");
  CHECK(backend->read_channel(id).value->total_claimed == base::Amount::btt(300));
  CHECK(*backend->unsettled(config.receiver, kBtt).value == base::Amount::btt(300));
  const auto beneficiary = chain.coins_of(config.receiver);
  CHECK(done(*backend, Settle{config.receiver, kBtt}, people.stranger) == "ok");
  CHECK(chain.coins_of(config.receiver) == *beneficiary.plus(base::Amount::btt(300)));
  CHECK(backend->unsettled(config.receiver, kBtt).value->is_zero());

  CHECK(done(*backend, InitiateWithdraw{config, base::Amount::btt(600)}, people.payer) == "ok");
  const auto leaving = *backend->read_channel(id).value;
  CHECK(leaving.pending_withdraw == base::Amount::btt(600));
  CHECK(leaving.withdraw_at.unix_ms > 0);
  CHECK(done(*backend, FinalizeWithdraw{config}, people.payer) == "failed: withdraw_too_early");
  // A watchtower claims with the authorizer's signature over the batch.
  const auto more = row_of(chain.separator(), config, people.session, base::Amount::btt(400), base::Amount::btt(400));
  const std::vector rows{more};
  CHECK(done(*backend, Claim{rows, people.relay.sign(channels::claim_batch_digest(chain.separator(), rows))}, people.stranger) == "ok");
  chain.pass_time(900);
  chain.mine();
  CHECK(done(*backend, FinalizeWithdraw{config}, people.stranger) == "ok");
  const auto left = *backend->read_channel(id).value;
  CHECK(left.closed);
  CHECK(left.balance == base::Amount::btt(400));
  CHECK(done(*backend, Deposit{config, units(1)}, people.payer) == "failed: channel_closed");

  const auto events = *backend->events(config.receiver, 0, kMany).value;
  CHECK(count_of(events) == std::map<EventKind, int>{{EventKind::deposited, 1}, {EventKind::claimed, 2}, {EventKind::settled, 1}, {EventKind::withdraw_initiated, 1},
                                                     {EventKind::withdraw_finalized, 1}, {EventKind::channel_closed, 1}});
  for (std::size_t i = 1; i < events.size(); ++i) CHECK(events[i - 1].sequence < events[i].sequence);
  CHECK(events.front().at.unix_ms > 0);
  const auto rest = *backend->events(config.receiver, events[2].sequence, kMany).value;
  CHECK(rest.size() == events.size() - 3);
  CHECK(backend->events(config.receiver, events.back().sequence, kMany).value->empty());
  CHECK(backend->events(people.stranger.address(), 0, kMany).value->empty());
  CHECK(backend->events(config.receiver, 0, 2).value->size() == 2);
}

TEST_CASE("evm: many channels are claimed at once, and the receiver refunds one") {
  EvmChain chain;
  const auto backend = chain.backend();
  Claim claim;
  for (std::uint8_t salt = 1; salt <= 50; ++salt) {
    const auto config = chain.config(salt);
    auto open = prepared(*backend, Deposit{config, units(1000)}, chain.people.payer);
    if (salt % 10 == 0) {
      CHECK(fate(backend->submit(open)) == "ok");
    } else {
      chain.ask("eth_sendRawTransaction", {"0x" + base::to_hex(open.bytes)});  // its place in the order is kept meanwhile
    }
    claim.rows.push_back(row_of(chain.separator(), config, chain.people.session, units(500), units(salt)));
  }
  const auto raw = prepared(*backend, claim, chain.people.relay);
  CHECK(raw.bytes.size() < 60 * 1024);
  const auto receipt = backend->submit(raw);
  CHECK(fate(receipt) == "ok");
  CHECK(receipt.value->fee <= *backend->expected_fee(claim).value);
  CHECK(*backend->unsettled(chain.people.beneficiary.address(), kBtt).value == units(50 * 51 / 2));

  CHECK(done(*backend, Refund{chain.config(7), units(2000)}, chain.people.relay) == "ok");
  CHECK(backend->read_channel(chain.id(chain.config(7))).value->closed);
  CHECK(done(*backend, Refund{chain.config(8), units(1)}, chain.people.payer) == "failed: refund_not_receiver");
  Claim wrong{{row_of(chain.separator(), chain.config(9), chain.people.session, units(5000), units(2000))}, {}};
  CHECK(done(*backend, wrong, chain.people.relay) == "failed: claim_above_balance");
  wrong = Claim{{row_of(chain.separator(), chain.config(9), chain.people.stranger, units(500), units(400))}, {}};
  CHECK(done(*backend, wrong, chain.people.relay) == "failed: signature_of_another_key");
}

TEST_CASE("evm: a chain that makes blocks by itself is used through its URL, on the machine's clock") {
  EvmChain chain;
  chain.ask("evm_setIntervalMining", {1});
  const auto url = LedgerUrl::parse("evm:" + chain.node_url + "," + chain.proxy_url + "?contract=" + chain.contract.to_eip55() + "&token=" + kBtt.to_eip55() +
                                    "&confirmations=1&chain-id=199&wait=60&agree=2&code-hash=0x" + chain.code_hash.hex());
  REQUIRE(url.has_value());
  const auto backend = open_chain(*url);
  CHECK(done(*backend, Deposit{chain.config(), units(1000)}, chain.people.payer) == "ok");
  CHECK(backend->read_channel(chain.id(chain.config())).value->balance == units(1000));
  CHECK(backend->events(chain.config().receiver, 0, kMany).value->size() == 1);
}

TEST_CASE("evm: a token's channel is opened in two steps") {
  EvmChain chain;
  chain.give_tokens(chain.people.payer.address(), units(5000));
  const auto backend = chain.token_backend();
  CHECK(backend->info().value->fees == Fees::in_native);
  CHECK(*backend->balance_of(chain.people.payer.address()).value == units(5000));
  auto config = chain.config();
  config.token = chain.erc20;

  CHECK(done(*backend, Deposit{config, units(5001)}, chain.people.payer) == "failed: insufficient_funds");
  const auto step = prepared(*backend, Deposit{config, units(3000)}, chain.people.payer);
  CHECK(backend->is_step(step));
  CHECK(fate(backend->submit(step)) == "ok");
  const auto deposit = prepared(*backend, Deposit{config, units(3000)}, chain.people.payer);
  CHECK_FALSE(backend->is_step(deposit));
  CHECK(fate(backend->submit(deposit)) == "ok");
  CHECK(backend->read_channel(chain.id(config)).value->balance == units(3000));
  CHECK(*backend->balance_of(chain.people.payer.address()).value == units(2000));

  // What an earlier, smaller allowance has left is set to nothing first: some tokens ask for that.
  const auto smaller = prepared(*backend, Deposit{config, units(10)}, chain.people.payer);
  CHECK(fate(backend->submit(smaller)) == "ok");
  int steps = 0;
  for (;; ++steps) {
    const auto raw = prepared(*backend, Deposit{config, units(200)}, chain.people.payer);
    CHECK(fate(backend->submit(raw)) == "ok");
    if (!backend->is_step(raw)) break;
    REQUIRE(steps < 3);
  }
  CHECK(steps == 2);
  CHECK(backend->read_channel(chain.id(config)).value->balance == units(3200));

  const auto row = row_of(chain.separator(), config, chain.people.session, units(900), units(800));
  CHECK(done(*backend, Claim{{row}, {}}, chain.people.relay) == "ok");
  CHECK(done(*backend, Settle{config.receiver, chain.erc20}, chain.people.relay) == "ok");
  CHECK(*backend->balance_of(chain.people.payer.address()).value == units(1800));
  CHECK(*backend->balance_of(config.receiver).value == units(800));
  CHECK(done(*backend, Transfer{chain.people.stranger.address(), units(50)}, chain.people.payer) == "ok");
  CHECK(*backend->balance_of(chain.people.stranger.address()).value == units(50));
}
