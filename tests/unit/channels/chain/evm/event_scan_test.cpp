#include <doctest/doctest.h>

#include "tests/unit/channels/chain/evm/fake_node.hpp"

using namespace ferry;
using namespace ferry::chain;
using namespace ferry::chain::evm;
using namespace ferry::chain::evm::test;

namespace {

const base::Address kReceiver = key_of(3).address();

std::vector<std::uint64_t> blocks_of(const Outcome<std::vector<ChainEvent>>& outcome) {
  REQUIRE(outcome.is_ok());
  std::vector<std::uint64_t> blocks;
  for (const auto& event : *outcome.value) blocks.push_back(block_of_sequence(event.sequence));
  return blocks;
}
using Blocks = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("event scan: confirmed events come in order, with their time, from where the caller is") {
  FakeWorld world;
  for (const std::uint64_t block : {10U, 20U, 990U, 991U}) world.a.logs.push_back(world.a.log(EventKind::refunded, block, block % 7, kReceiver));
  const auto backend = world.one();
  const auto all = backend->events(kReceiver, 0, 100);
  CHECK(blocks_of(all) == Blocks{10, 20, 990});
  CHECK((*all.value)[0].at == base::Time::from_seconds(1'700'000'020));
  CHECK(blocks_of(backend->events(kReceiver, (*all.value)[0].sequence, 100)) == Blocks{20, 990});
  CHECK(blocks_of(backend->events(kReceiver, 0, 2)) == Blocks{10, 20});
  CHECK(blocks_of(backend->events(kReceiver, (*all.value)[2].sequence, 100)).empty());
  world.a.head = 1001;
  CHECK(blocks_of(backend->events(kReceiver, (*all.value)[2].sequence, 100)) == Blocks{991});
  CHECK(blocks_of(backend->events(key_of(4).address(), 0, 100)).empty());
}

TEST_CASE("event scan: the events of one block are told apart by their place in it") {
  FakeWorld world;
  for (const std::uint64_t index : {0U, 1U, 5U}) world.a.logs.push_back(world.a.log(EventKind::refunded, 50, index, kReceiver));
  const auto backend = world.one();
  CHECK(backend->events(kReceiver, sequence_of(50, 0), 100).value->size() == 2);
  CHECK(backend->events(kReceiver, sequence_of(50, 5), 100).value->empty());
}

TEST_CASE("event scan: ranges are halved until every node gives them") {
  FakeWorld world;
  for (const std::uint64_t block : {10U, 500U, 900U}) {
    world.a.logs.push_back(world.a.log(EventKind::refunded, block, 0, kReceiver));
    world.b.logs.push_back(world.b.log(EventKind::refunded, block, 0, kReceiver));
  }
  world.b.longest_range = 64;
  CHECK(blocks_of(world.two()->events(kReceiver, 0, 100)) == Blocks{10, 500, 900});
  // The one that gives more is not believed alone.
  world.a.logs.pop_back();
  CHECK(told(world.two()->events(kReceiver, 0, 100)) == "failed: chain_disagrees");
  world.b.longest_range = 0;
  world.a.instead = [](const std::string& method, const json&) -> std::optional<Said> {
    if (method == "eth_getLogs") return Refusal{-32005, "never", ""};
    return std::nullopt;
  };
  CHECK(told(world.two()->events(kReceiver, 0, 100)) == "failed: rpc_refused");
}

TEST_CASE("event scan: blocks that held nothing are not asked for again") {
  FakeWorld world;
  const auto backend = world.one();
  CHECK(blocks_of(backend->events(kReceiver, 0, 100)).empty());
  std::uint64_t lowest = 1U << 30U;
  world.a.instead = [&](const std::string& method, const json& params) -> std::optional<Said> {
    if (method == "eth_getLogs") lowest = std::min(lowest, read_quantity_u64(params[0]["fromBlock"].get<std::string>()).value());
    return std::nullopt;
  };
  world.a.head = 1003;
  CHECK(blocks_of(backend->events(kReceiver, 0, 100)).empty());
  CHECK(lowest == 991);
}

TEST_CASE("event scan: a long way is gone in several calls, which say that they are not done") {
  FakeWorld world;
  world.a.head = 100'000;
  world.a.longest_range = 100;
  world.a.logs.push_back(world.a.log(EventKind::refunded, 99'000, 0, kReceiver));
  const auto backend = world.one();
  int calls = 0;
  auto outcome = backend->events(kReceiver, 0, 100);
  for (; !outcome.is_ok(); outcome = backend->events(kReceiver, 0, 100)) {
    CHECK(told(outcome) == "failed: events_behind");
    REQUIRE(++calls < 100);
  }
  CHECK(calls > 1);
  CHECK(blocks_of(outcome) == Blocks{99'000});
  // Where the contract is known to begin, nothing before it is asked.
  world.url.start_block = 98'950;
  CHECK(blocks_of(world.one()->events(kReceiver, 0, 100)) == Blocks{99'000});
}

TEST_CASE("event scan: withdrawals are told early, from any node, once, and again in their place") {
  FakeWorld world;
  const auto log = world.a.log(EventKind::withdraw_initiated, 995, 4, kReceiver);
  world.b.logs.push_back(log);
  world.b.logs.push_back(world.a.log(EventKind::refunded, 996, 0, kReceiver));
  const auto backend = world.two();
  const auto early = backend->events(kReceiver, 0, 100);
  CHECK(blocks_of(early) == Blocks{990});
  CHECK(early.value->front().kind == EventKind::withdraw_initiated);
  const auto after = early.value->front().sequence;
  CHECK(blocks_of(backend->events(kReceiver, after, 100)).empty());
  world.a.logs = world.b.logs;
  world.a.head = world.b.head = 1006;
  CHECK(blocks_of(backend->events(kReceiver, after, 100)) == Blocks{995, 996});
}

TEST_CASE("event scan: logs that are not what was asked for are no events") {
  const auto with = [](const std::function<void(FakeWorld&, Log&)>& change) {
    FakeWorld world;
    auto log = world.a.log(EventKind::refunded, 10, 0, kReceiver);
    change(world, log);
    world.a.logs.push_back(log);
    return told(world.one()->events(kReceiver, 0, 100));
  };
  CHECK(with([](FakeWorld&, Log&) {}) == "ok");
  CHECK(with([](FakeWorld&, Log& log) { log.address = kReceiver; }) == "failed: abi");
  CHECK(with([](FakeWorld&, Log& log) { log.data.push_back(0); }) == "failed: abi");
  CHECK(with([](FakeWorld&, Log& log) { log.index = kMaxLogIndex; }) == "failed: rpc_answer");
  CHECK(with([](FakeWorld& world, Log& log) { world.a.logs.push_back(log); }) == "failed: rpc_answer");  // twice the same place
  CHECK(with([](FakeWorld& world, Log&) {
          world.a.instead = [](const std::string& method, const json&) -> std::optional<Said> {
            if (method == "eth_getLogs") return json::array({json{{"removed", true}}});
            return std::nullopt;
          };
        }) == "failed: rpc_answer");
}
