#include <doctest/doctest.h>

#include "tests/unit/channels/chain/evm/fake_node.hpp"

using namespace ferry;
using namespace ferry::chain;
using namespace ferry::chain::evm;
using namespace ferry::chain::evm::test;

namespace {

channels::ChainChannel state(std::uint64_t balance, std::uint64_t claimed, std::uint64_t pending = 0, std::int64_t at = 0, bool closed = false) {
  return {units(balance), units(claimed), units(pending), base::Time::from_seconds(at), closed};
}

/// What is told of a channel that is `certain` up to the confirmed block and `newest` after it.
channels::ChainChannel combined(const channels::ChainChannel& certain, const channels::ChainChannel& newest) {
  FakeWorld world;
  world.a.channel = [=](std::uint64_t block) { return block <= 990 ? certain : newest; };
  return *world.one()->read_channel({}).value;
}

}  // namespace

TEST_CASE("evm backend: money counts when it is confirmed, dangers count at once") {
  CHECK(combined(state(0, 0), state(100, 0)) == state(0, 0));                        // a deposit
  CHECK(combined(state(100, 0), state(60, 0)) == state(60, 0));                      // a refund
  CHECK(combined(state(100, 10), state(100, 30)) == state(100, 30));                 // a claim
  CHECK(combined(state(100, 0), state(100, 0, 40, 99)) == state(100, 0, 40, 99));    // a withdrawal begins
  CHECK(combined(state(100, 0, 40, 99), state(60, 0)) == state(60, 0, 40, 99));      // it ends: not certain yet
  CHECK(combined(state(100, 0, 40, 99), state(100, 0, 70, 50)) == state(100, 0, 70, 50));
  CHECK(combined(state(100, 0), state(0, 0, 0, 0, true)) == state(0, 0, 0, 0, true));
  CHECK(combined(state(0, 0), state(100, 30)) == state(30, 30));  // opened and claimed in new blocks: nothing that could be promised
}

TEST_CASE("evm backend: what is claimed and settled is taken at its least") {
  FakeWorld world;
  world.a.earnings = [](std::uint64_t block) { return block <= 990 ? Earnings{units(50), units(20)} : Earnings{units(90), units(20)}; };
  CHECK(*world.one()->unsettled({}, kBtt).value == units(30));
  world.a.earnings = [](std::uint64_t block) { return block <= 990 ? Earnings{units(50), units(20)} : Earnings{units(50), units(50)}; };
  CHECK(world.one()->unsettled({}, kBtt).value->is_zero());
}

TEST_CASE("evm backend: a danger that one of two nodes sees counts") {
  FakeWorld world;
  world.a.channel = [](std::uint64_t) { return state(100, 0); };
  world.b.channel = [](std::uint64_t block) { return block <= 990 ? state(100, 0) : state(100, 0, 100, 77); };
  CHECK(*world.two()->read_channel({}).value == state(100, 0, 100, 77));
}

TEST_CASE("evm backend: nodes that say different things of the same block are not believed") {
  FakeWorld world;
  world.b.channel = [](std::uint64_t) { return state(100, 0); };
  CHECK(told(world.two()->read_channel({})) == "failed: chain_disagrees");
  world.b = FakeNode{};
  world.b.balance = units(1);
  CHECK(told(world.two()->balance_of(key_of(1).address())) == "failed: chain_disagrees");
  world.b = FakeNode{};
  world.b.history = "another";
  CHECK(told(world.two()->read_channel({})) == "failed: chain_disagrees");
  world.b = FakeNode{};
  world.b.chain_id = 200;
  CHECK(told(world.two()->info()) == "failed: chain_disagrees");
  world.b = FakeNode{};
  world.b.code = "0x6002";
  CHECK(told(world.two()->info()) == "failed: chain_disagrees");
}

TEST_CASE("evm backend: a node that says no is not passed by for one that says yes") {
  FakeWorld world;
  world.a.instead = [](const std::string& method, const json& params) -> std::optional<Said> {
    if (method == "eth_call" && params[1] == "0x3de") return Refusal{-32000, "missing trie node", ""};  // block 990
    return std::nullopt;
  };
  CHECK(told(world.two()->read_channel({})) == "failed: rpc_refused");
}

TEST_CASE("evm backend: the lower of two nodes says which block is confirmed, unless it stands still") {
  FakeWorld world;
  world.b.head = 950;
  world.a.channel = world.b.channel = [](std::uint64_t block) { return block <= 940 ? state(10, 0) : state(20, 0); };
  CHECK(*world.two()->read_channel({}).value == state(10, 0));
  world.b.head = 800;
  CHECK(told(world.two()->read_channel({})) == "failed: chain_behind");
}

TEST_CASE("evm backend: a young chain has its first block confirmed") {
  FakeWorld world;
  world.a.head = 3;
  world.a.channel = [](std::uint64_t block) { return block == 0 ? state(1, 0) : state(5, 0); };
  CHECK(*world.one()->read_channel({}).value == state(1, 0));
}

TEST_CASE("evm backend: a node that fails is passed over for a while, and checked before it is asked again") {
  FakeWorld world;
  const auto backend = world.two();
  CHECK(told(backend->info()) == "ok");
  world.a.broken = Outcome<std::string>::unknown(base::environment("rpc_no_answer", "late"));
  CHECK(told(backend->read_channel({})) == "ok");
  world.a.broken.reset();
  world.a.asked.clear();
  CHECK(told(backend->read_channel({})) == "ok");
  CHECK(world.a.asked.empty());
  world.now = world.now + std::chrono::seconds(31);
  world.a.chain_id = 200;  // it comes back as another
  CHECK(told(backend->read_channel({})) == "failed: chain_disagrees");
  world.a.chain_id = 199;
  CHECK(told(backend->read_channel({})) == "ok");
  CHECK(world.a.asked["eth_chainId"] == 2);
}

TEST_CASE("evm backend: when every node has failed, all are tried") {
  FakeWorld world;
  const auto backend = world.two();
  world.a.broken = world.b.broken = Outcome<std::string>::failed(base::environment("rpc_unreachable", "down"));
  CHECK(told(backend->read_channel({})) == "failed: rpc_unreachable");
  world.b.broken.reset();
  CHECK(told(backend->read_channel({})) == "ok");
}

TEST_CASE("evm backend: answers that make no sense are failures of the node") {
  FakeWorld world;
  const auto with = [&](std::optional<Said> said) {
    world.a.instead = [said](const std::string& method, const json& params) -> std::optional<Said> {
      const bool is_state = method == "eth_call" && params[0]["data"].get<std::string>().starts_with(hex_text(selector_of("channelState(bytes32)")));
      return is_state ? said : std::nullopt;
    };
    return told(world.one()->read_channel({}));
  };
  CHECK(with(std::nullopt) == "ok");
  CHECK(with(json("0x")) == "failed: rpc_answer");
  CHECK(with(json(nullptr)) == "failed: rpc_answer");
  CHECK(with(json(5)) == "failed: rpc_answer");
  CHECK(with(json("0x" + std::string(320, 'f'))) == "failed: rpc_answer");
  CHECK(with(json("0x" + std::string(318, '0'))) == "failed: rpc_answer");
  CHECK(with(json("0x" + std::string(319, '0'))) == "failed: rpc_answer");
  CHECK(with(Refusal{-32000, "missing trie node", ""}) == "failed: rpc_refused");
  world.a.instead = {};
  for (const std::string text : {"", "{}", "[]", "<html>", R"({"jsonrpc":"2.0","id":1})"}) {
    world.a.broken = Outcome<std::string>::ok(text);
    CHECK(told(world.one()->info()) == "failed: rpc_answer");
  }
}

TEST_CASE("evm backend: another chain, contract or token than is meant is found out first") {
  FakeWorld world;
  const auto with = [&](const std::function<void(FakeWorld&)>& change) {
    FakeWorld changed;
    change(changed);
    return told(changed.one()->info());
  };
  CHECK(with([](FakeWorld& w) { w.url.chain_id = 198; }) == "failed: chain_wrong");
  CHECK(with([](FakeWorld& w) { w.a.code = "0x"; }) == "failed: contract_missing");
  CHECK(with([](FakeWorld& w) { w.url.code_hash = base::Hash256{}; }) == "failed: contract_wrong_code");
  CHECK(with([](FakeWorld& w) { w.url.code_hash = base::keccak256(base::Bytes{0x60, 0x01}); }) == "ok");
  CHECK(with([](FakeWorld& w) { w.url.contract = key_of(9).address(); }) == "failed: contract_other_domain");
  CHECK(world.one()->info().value->fees == Fees::in_token);
  world.a.native = {};
  CHECK(world.one()->info().value->fees == Fees::in_native);
}
