#include <doctest/doctest.h>

#include "tests/chain/evm_chain.hpp"

using namespace ferry;
using namespace ferry::chain;
using namespace ferry::chain::evm;
using namespace ferry::chain::evm::test;

TEST_CASE("evm: a transaction that a node threw away is unknown, and is executed once when it is sent again") {
  EvmChain chain;
  const auto backend = chain.backend({"proxy"});
  const auto config = chain.config();
  const auto open = prepared(*backend, Deposit{config, units(1000)}, chain.people.payer);
  chain.set_proxy("drop_sent");
  CHECK(fate(backend->submit(open)) == "unknown: transaction_waits");
  // Its place is kept: a second one goes behind it.
  const auto next = prepared(*backend, Deposit{config, units(5)}, chain.people.payer);
  CHECK(read_legacy(next.bytes)->transaction.nonce == read_legacy(open.bytes)->transaction.nonce + 1);
  chain.set_proxy("honest");
  CHECK(fate(backend->submit(open)) == "ok");
  CHECK(fate(backend->submit(next)) == "ok");
  CHECK(backend->read_channel(chain.id(config)).value->balance == units(1005));
}

TEST_CASE("evm: a transaction that was passed on without an answer is unknown, and is not executed twice") {
  EvmChain chain;
  const auto backend = chain.backend({"proxy"});
  const auto config = chain.config();
  const auto open = prepared(*backend, Deposit{config, units(1000)}, chain.people.payer);
  chain.set_proxy("mute_sent");
  CHECK(fate(backend->submit(open)) == "unknown: rpc_no_answer");
  chain.mine(9);
  chain.set_proxy("honest");
  CHECK(fate(backend->submit(open)) == "ok");
  CHECK(backend->read_channel(chain.id(config)).value->balance == units(1000));
}

namespace {

/// A deposit that waits, and its replacement, which waits too.
struct Waiting {
  explicit Waiting(EvmChain& chain) : backend(chain.backend()), first(prepared(*backend, Deposit{chain.config(), units(1000)}, chain.people.payer)) {
    chain.blocks_come = false;
    CHECK(fate(backend->submit(first)) == "unknown: transaction_waits");
    CHECK(told(backend->outbid(first, chain.people.stranger)) == "failed: outbid_other_key");
    second = backend->outbid(first, chain.people.payer).value.value();
    CHECK(second.id != first.id);
    CHECK(second.highest_fee >= *first.highest_fee.scaled_up(11, 10));
    CHECK(fate(submit_alternatives(*backend, {first, second})) == "unknown: transaction_waits");
    chain.blocks_come = true;
  }
  std::unique_ptr<EvmBackend> backend;
  RawTransaction first, second;
};

}  // namespace

TEST_CASE("evm: what waits too long is outbid, and only the dearer one is executed") {
  EvmChain chain;
  Waiting waiting{chain};
  CHECK(fate(submit_alternatives(*waiting.backend, {waiting.first, waiting.second})) == "ok");
  CHECK(waiting.backend->receipt(waiting.second.id).value->has_value());
  CHECK(fate(waiting.backend->submit(waiting.first)) == "failed: nonce_used");
  CHECK(waiting.backend->read_channel(chain.id(chain.config())).value->balance == units(1000));
}

TEST_CASE("evm: what was outbid and is executed after all counts as well") {
  EvmChain chain;
  Waiting waiting{chain};
  chain.ask("anvil_dropAllTransactions");
  chain.ask("eth_sendRawTransaction", {"0x" + base::to_hex(waiting.first.bytes)});
  chain.mine(9);
  const auto receipt = submit_alternatives(*waiting.backend, {waiting.first, waiting.second});
  REQUIRE(fate(receipt) == "ok");
  CHECK(receipt.value->id == waiting.first.id);
  CHECK(fate(waiting.backend->submit(waiting.second)) == "failed: nonce_used");
  CHECK(waiting.backend->read_channel(chain.id(chain.config())).value->balance == units(1000));
}

TEST_CASE("evm: what the contract refuses when it is executed is told with its reason and its fee") {
  EvmChain chain;
  const auto backend = chain.backend();
  const auto config = chain.config();
  CHECK(done(*backend, Deposit{config, units(1000)}, chain.people.payer) == "ok");
  const auto one = prepared(*backend, InitiateWithdraw{config, units(500)}, chain.people.payer);
  const auto other = prepared(*backend, InitiateWithdraw{config, units(400)}, chain.people.payer);
  CHECK(fate(backend->submit(one)) == "ok");
  const auto refused = backend->submit(other);
  CHECK(fate(refused) == "reverted: withdraw_pending");
  CHECK_FALSE(refused.value->fee.is_zero());
  CHECK(backend->read_channel(chain.id(config)).value->pending_withdraw == units(500));
}

TEST_CASE("evm: without money for the fee nothing is signed") {
  EvmChain chain;
  const auto backend = chain.backend();
  const auto config = chain.config();
  chain.give(chain.people.payer.address(), units(1'000'000));
  chain.mine(4);
  CHECK(told(backend->prepare(Deposit{config, units(1000)}, chain.people.payer)) == "failed: no_fee_money");
  CHECK(told(backend->prepare(Deposit{config, units(2'000'000)}, chain.people.payer)) == "failed: no_fee_money");

  // It was there when it was signed and is not any more: that may change again.
  chain.give(chain.people.payer.address(), base::Amount::btt(100));
  chain.mine(4);
  const auto open = prepared(*backend, Deposit{config, units(1000)}, chain.people.payer);
  chain.give(chain.people.payer.address(), units(5));
  CHECK(fate(backend->submit(open)) == "unknown: no_fee_money");
  chain.give(chain.people.payer.address(), base::Amount::btt(100));
  CHECK(fate(backend->submit(open)) == "ok");
}

TEST_CASE("evm: a transaction that is abandoned gives its place back") {
  EvmChain chain;
  const auto backend = chain.backend();
  const auto config = chain.config();
  const auto never = prepared(*backend, Deposit{config, units(1)}, chain.people.payer);
  backend->abandon(never);
  const auto instead = prepared(*backend, Deposit{config, units(2)}, chain.people.payer);
  CHECK(read_legacy(instead.bytes)->transaction.nonce == read_legacy(never.bytes)->transaction.nonce);
  CHECK(fate(backend->submit(instead)) == "ok");
  CHECK(fate(backend->submit(never)) == "failed: nonce_used");
}

TEST_CASE("evm: a process that starts anew sends what the last one left, and goes on behind it") {
  EvmChain chain;
  const auto config = chain.config();
  const auto open = prepared(*chain.backend(), Deposit{config, units(1000)}, chain.people.payer);  // durable, then the process died
  const auto again = chain.backend();
  CHECK(fate(again->submit(open)) == "ok");
  CHECK(done(*again, Deposit{config, units(1)}, chain.people.payer) == "ok");
  CHECK(again->read_channel(chain.id(config)).value->balance == units(1001));
}
