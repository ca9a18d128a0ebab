// Several threads at one EVM backend: no nonce is given out twice, and nodes that fail meanwhile do no harm.

#include <doctest/doctest.h>

#include <atomic>
#include <set>
#include <thread>

#include "tests/unit/channels/chain/evm/fake_node.hpp"

using namespace ferry;
using namespace ferry::chain;
using namespace ferry::chain::evm;
using namespace ferry::chain::evm::test;

TEST_CASE("evm backend threads: every transaction has a nonce of its own") {
  constexpr int kThreads = 4, kEach = 25;
  FakeNode a, b;
  std::mutex mutex;  // the fakes' own
  std::atomic<int> questions{0};
  const auto guarded = [&](FakeNode& node, bool fails) {
    return [&mutex, &questions, fails, inner = node.transport()](const std::string& body) {
      if (fails && questions.fetch_add(1) % 7 == 0) return Outcome<std::string>::unknown(base::environment("rpc_no_answer", "now and then"));
      const std::lock_guard lock{mutex};
      return inner(body);
    };
  };
  EvmUrl url;
  url.nodes = {"http://a", "http://b"};
  url.contract = kContractAt;
  url.token = kBtt;
  EvmTerms terms = real_terms();
  terms.passed_over = base::Duration::zero();
  EvmBackend backend(url, {guarded(a, false), guarded(b, true)}, terms);
  REQUIRE(backend.info().is_ok());

  const auto payer = key_of(1);
  std::set<std::uint64_t> nonces;
  std::mutex nonces_mutex;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        const auto raw = backend.prepare(Transfer{key_of(2).address(), units(1)}, payer);
        const auto state = backend.read_channel({});
        const auto events = backend.events(key_of(3).address(), 0, 10);
        const std::lock_guard lock{nonces_mutex};
        CHECK(raw.is_ok());
        CHECK(state.is_ok());
        CHECK(events.is_ok());
        if (raw.is_ok()) nonces.insert(read_legacy(raw.value->bytes)->transaction.nonce);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(nonces.size() == kThreads * kEach);
}
