#include <doctest/doctest.h>

#include "tests/chain/evm_chain.hpp"

using namespace ferry;
using namespace ferry::chain;
using namespace ferry::chain::evm;
using namespace ferry::chain::evm::test;

TEST_CASE("evm: a deposit counts when it is confirmed, and one that a reorganisation takes back never did") {
  EvmChain chain;
  const auto backend = chain.backend();
  const auto config = chain.config();
  const auto id = chain.id(config);
  const auto open = prepared(*backend, Deposit{config, units(1000)}, chain.people.payer);

  chain.blocks_come = false;
  CHECK(fate(backend->submit(open)) == "unknown: transaction_waits");
  const auto snapshot = chain.ask("evm_snapshot");
  chain.mine(3);  // in the first of them, with two on top: one too few
  CHECK(backend->read_channel(id).value->balance.is_zero());
  CHECK_FALSE(backend->receipt(open.id).value->has_value());
  CHECK(backend->events(config.receiver, 0, kMaxEvents).value->empty());

  CHECK(chain.ask("evm_revert", {snapshot}) == true);
  chain.ask("anvil_dropAllTransactions");
  chain.mine(9);  // another history without it
  CHECK(backend->read_channel(id).value->balance.is_zero());
  CHECK_FALSE(backend->receipt(open.id).value->has_value());

  chain.blocks_come = true;
  CHECK(fate(backend->submit(open)) == "ok");  // the same bytes, sent anew
  CHECK(backend->read_channel(id).value->balance == units(1000));
}

namespace {

/// A withdrawal that has begun in the newest block and was told early.
struct Leaving {
  explicit Leaving(EvmChain& chain) : backend(chain.backend()) {
    const auto config = chain.config();
    CHECK(done(*backend, Deposit{config, units(1000)}, chain.people.payer) == "ok");
    const auto opened = backend->events(config.receiver, 0, kMaxEvents).value.value();
    REQUIRE(opened.size() == 1);
    const auto leave = prepared(*backend, InitiateWithdraw{config, units(700)}, chain.people.payer);
    chain.ask("eth_sendRawTransaction", {"0x" + base::to_hex(leave.bytes)});
    before = chain.ask("evm_snapshot");
    chain.mine();

    const auto danger = backend->read_channel(chain.id(config)).value.value();
    CHECK(danger.pending_withdraw == units(700));
    CHECK(danger.balance == units(1000));
    const auto early = backend->events(config.receiver, opened.back().sequence, kMaxEvents).value.value();
    REQUIRE(early.size() == 1);
    CHECK(early[0].kind == EventKind::withdraw_initiated);
    CHECK(early[0].channel == chain.id(config));
    CHECK(early[0].sequence > opened.back().sequence);
    last = early[0].sequence;
    CHECK(news(chain).empty());
  }
  std::vector<ChainEvent> news(EvmChain& chain) { return backend->events(chain.config().receiver, last, kMaxEvents).value.value(); }

  std::unique_ptr<EvmBackend> backend;
  nlohmann::json before;
  std::uint64_t last = 0;
};

}  // namespace

TEST_CASE("evm: a withdrawal that begins counts at once, and is told again when it is certain") {
  EvmChain chain;
  Leaving leaving{chain};
  chain.mine(4);
  const auto certain = leaving.news(chain);
  REQUIRE(certain.size() == 1);
  CHECK(certain[0].kind == EventKind::withdraw_initiated);
  leaving.last = certain[0].sequence;
  CHECK(leaving.news(chain).empty());
}

TEST_CASE("evm: a withdrawal that is taken back counts no more") {
  EvmChain chain;
  Leaving leaving{chain};
  chain.ask("evm_revert", {leaving.before});
  chain.ask("anvil_dropAllTransactions");
  chain.mine(5);
  CHECK(leaving.backend->read_channel(chain.id(chain.config())).value->pending_withdraw.is_zero());
  CHECK(leaving.news(chain).empty());
}

TEST_CASE("evm: a claim counts at once against the channel, and only when confirmed for the receiver") {
  EvmChain chain;
  const auto backend = chain.backend();
  const auto config = chain.config();
  CHECK(done(*backend, Deposit{config, units(1000)}, chain.people.payer) == "ok");
  const auto row = row_of(chain.separator(), config, chain.people.session, units(400), units(300));
  const auto claim = prepared(*backend, Claim{{row}, {}}, chain.people.relay);
  chain.ask("eth_sendRawTransaction", {"0x" + base::to_hex(claim.bytes)});
  chain.mine();
  CHECK(backend->read_channel(chain.id(config)).value->total_claimed == units(300));
  CHECK(backend->unsettled(config.receiver, kBtt).value->is_zero());
  chain.mine(3);
  CHECK(*backend->unsettled(config.receiver, kBtt).value == units(300));
}

TEST_CASE("evm: anvil's own reorganisation moves a transaction, and its receipt follows") {
  EvmChain chain;
  const auto backend = chain.backend();
  const auto config = chain.config();
  const auto open = prepared(*backend, Deposit{config, units(1000)}, chain.people.payer);
  chain.ask("eth_sendRawTransaction", {"0x" + base::to_hex(open.bytes)});
  chain.mine(2);
  chain.ask("anvil_reorg", {2, nlohmann::json::array({nlohmann::json::array({"0x" + base::to_hex(open.bytes), 1})})});
  const auto receipt = backend->submit(open);
  REQUIRE(fate(receipt) == "ok");
  CHECK(chain.head() >= receipt.value->block + 3);
  CHECK(backend->read_channel(chain.id(config)).value->balance == units(1000));
}
