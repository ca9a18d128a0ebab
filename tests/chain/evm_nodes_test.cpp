#include <doctest/doctest.h>

#include "tests/chain/evm_chain.hpp"

using namespace ferry;
using namespace ferry::chain;
using namespace ferry::chain::evm;
using namespace ferry::chain::evm::test;

TEST_CASE("evm: a node that fails in any way is an error when it is alone, and is replaced when it is not") {
  EvmChain chain;
  const auto config = chain.config();
  CHECK(done(*chain.backend(), Deposit{config, units(1000)}, chain.people.payer) == "ok");
  const std::vector<std::pair<std::string, std::string>> failures{
      {"status_500", "rpc_status"}, {"garbage", "rpc_answer"}, {"wrong_id", "rpc_answer"}, {"hang_up", "rpc_no_answer"}, {"huge", "rpc_too_long"}, {"never", "rpc_no_answer"}};
  for (const auto& [mode, code] : failures) {
    CAPTURE(mode);
    chain.set_proxy("honest");
    const auto alone = chain.backend({"proxy"});
    const auto both = chain.backend({"proxy", "node"});
    REQUIRE(told(alone->info()) == "ok");
    REQUIRE(told(both->info()) == "ok");
    chain.set_proxy(mode);
    CHECK(told(alone->read_channel(chain.id(config))) == "failed: " + code);
    const auto state = both->read_channel(chain.id(config));
    REQUIRE(told(state) == "ok");
    CHECK(state.value->balance == units(1000));
    if (mode == "never") chain.set_proxy("honest");  // lets go of who waits
  }
}

TEST_CASE("evm: a transaction goes through while one of two nodes is gone") {
  EvmChain chain;
  const auto backend = chain.backend({"proxy", "node"});
  const auto config = chain.config();
  chain.set_proxy("hang_up");
  CHECK(done(*backend, Deposit{config, units(1000)}, chain.people.payer) == "ok");
  CHECK(backend->read_channel(chain.id(config)).value->balance == units(1000));
}

TEST_CASE("evm: two nodes that disagree about money are not believed") {
  EvmChain chain;
  const auto backend = chain.backend({"node", "proxy"});
  const auto config = chain.config();
  CHECK(done(*backend, Deposit{config, units(1000)}, chain.people.payer) == "ok");
  chain.set_proxy("rich");
  CHECK(told(backend->read_channel(chain.id(config))) == "failed: chain_disagrees");
  CHECK(told(backend->balance_of(chain.people.payer.address())) == "failed: chain_disagrees");
  CHECK(told(backend->prepare(Deposit{config, units(1)}, chain.people.payer)) == "failed: chain_disagrees");
  chain.set_proxy("honest");
  CHECK(backend->read_channel(chain.id(config)).value->balance == units(1000));
}

TEST_CASE("evm: where two must agree, one alone is not enough") {
  EvmChain chain;
  auto url = chain.url_of({"node", "proxy"}, 3);
  url.must_agree = 2;
  const auto backend = chain.backend_of(url);
  CHECK(told(backend->read_channel(chain.id(chain.config()))) == "ok");
  chain.set_proxy("hang_up");
  CHECK(told(backend->read_channel(chain.id(chain.config()))) == "failed: chain_too_few");
}

TEST_CASE("evm: another chain, another code and no contract are found out before anything is asked") {
  EvmChain chain;
  const auto with = [&](const std::function<void(EvmUrl&)>& change) {
    auto url = chain.url_of({"node"}, 3);
    change(url);
    return told(chain.backend_of(url)->info());
  };
  CHECK(with([](EvmUrl&) {}) == "ok");
  CHECK(with([](EvmUrl& url) { url.chain_id = 198; }) == "failed: chain_wrong");
  CHECK(with([](EvmUrl& url) { url.code_hash->data[0] ^= 1U; }) == "failed: contract_wrong_code");
  CHECK(with([](EvmUrl& url) { url.contract = key_of(77).address(); }) == "failed: contract_missing");
  CHECK(with([&](EvmUrl& url) {
          url.contract = chain.erc20;
          url.code_hash.reset();
        }) == "failed: contract_other_domain");
  CHECK(with([](EvmUrl& url) { url.token = key_of(77).address(); }) == "failed: token_missing");
}

TEST_CASE("evm: events come in the ranges that a node is willing to give") {
  EvmChain chain;
  const auto direct = chain.backend();
  const auto config = chain.config();
  for (int i = 0; i < 5; ++i) {
    CHECK(done(*direct, Deposit{config, units(10)}, chain.people.payer) == "ok");
    chain.mine(60);
  }
  chain.set_proxy("short_ranges");
  const auto events = chain.backend({"proxy"})->events(config.receiver, 0, kMaxEvents);
  REQUIRE(told(events) == "ok");
  CHECK(events.value->size() == 5);
  // One that grants more is not believed alone.
  CHECK(chain.backend({"proxy", "node"})->events(config.receiver, 0, kMaxEvents).value->size() == 5);
}
