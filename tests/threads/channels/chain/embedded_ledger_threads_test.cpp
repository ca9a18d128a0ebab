// The embedded ledger under many threads: what each one is told is true, and together they keep the money together.

#include <doctest/doctest.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "channels/chain/ledger_api.hpp"
#include "channels/chain/remote_ledger.hpp"
#include "tests/unit/channels/chain/ledger_room.hpp"

using namespace ferry;
using namespace ferry::chain;
using namespace ferry::chain::test;

namespace {

constexpr std::size_t kThreads = 8;
constexpr std::size_t kEach = 25;

template <typename Work>
void in_threads(Work work) {
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i) threads.emplace_back([&work, i] { work(i); });
  for (auto& thread : threads) thread.join();
}

struct Crowd : LedgerRoom {
  Crowd() : ledger(open()) {
    for (std::size_t i = 0; i < kThreads; ++i) {
      keys.push_back(key_of(static_cast<std::uint8_t>(20 + i)));
      fund(*ledger, keys.back());
    }
  }
  Amount all_money() {
    Amount sum;
    for (const auto& key : keys) sum = *sum.plus(balance(*ledger, key));
    return sum;
  }
  std::unique_ptr<EmbeddedLedger> ledger;
  std::vector<SecretKey> keys;
};

}  // namespace

TEST_CASE_FIXTURE(Crowd, "embedded ledger, threads: every account's transactions come true once and in a block of their own") {
  std::vector<std::vector<std::uint64_t>> blocks(kThreads);
  in_threads([&](std::size_t me) {
    for (std::size_t n = 0; n < kEach; ++n) {
      const auto raw = ledger->prepare(Transfer{keys[(me + 1 + n) % kThreads].address(), units(1 + n)}, keys[me]);
      const auto receipt = ledger->submit(*raw.value);
      if (receipt.is_ok() && receipt.value->succeeded) blocks[me].push_back(receipt.value->block);
    }
  });
  std::set<std::uint64_t> all;
  for (const auto& mine : blocks) {
    CHECK(mine.size() == kEach);
    CHECK(std::is_sorted(mine.begin(), mine.end()));
    all.insert(mine.begin(), mine.end());
  }
  CHECK(all.size() == kThreads * kEach);
  CHECK(*all.rbegin() == kThreads * kEach);
  CHECK(all_money() == *ledger->minted().value);
  for (const auto& key : keys) CHECK(*ledger->nonce_of(key.address()).value == kEach);
}

TEST_CASE_FIXTURE(Crowd, "embedded ledger, threads: the same bytes from all sides have one effect") {
  for (std::size_t round = 0; round < 10; ++round) {
    const auto raw = prepared(*ledger, Transfer{keys[1].address(), units(10)}, keys[0]);
    std::vector<std::uint64_t> blocks(kThreads);
    in_threads([&](std::size_t me) {
      const auto receipt = ledger->submit(raw);
      blocks[me] = receipt.is_ok() && receipt.value->succeeded ? receipt.value->block : 0;
    });
    CHECK(blocks == std::vector<std::uint64_t>(kThreads, round + 1));
  }
  CHECK(balance(*ledger, keys[0]) == units(9900));
}

TEST_CASE_FIXTURE(Crowd, "embedded ledger, threads: of transactions with one nonce exactly one comes true") {
  std::atomic<std::size_t> succeeded{0};
  std::atomic<std::size_t> overtaken{0};
  in_threads([&](std::size_t me) {
    for (std::size_t n = 0; n < kEach; ++n) {
      const auto raw = ledger->prepare(Transfer{keys[1].address(), units(1 + me)}, keys[0]);
      const auto fate = fate_of(ledger->submit(*raw.value));
      if (fate == "ok") ++succeeded;
      if (fate == "failed: nonce_used") ++overtaken;
    }
  });
  CHECK(succeeded + overtaken == kThreads * kEach);
  CHECK(*ledger->nonce_of(keys[0].address()).value == succeeded);
  CHECK(all_money() == *ledger->minted().value);
}

TEST_CASE_FIXTURE(Crowd, "embedded ledger, threads: readers never see half of a transaction") {
  const People people;
  const auto separator = separator_of(*ledger);
  const auto config = channel_between(keys[0], keys[0], keys[1], keys[1], token_of(*ledger));
  const auto id = channels::channel_id(separator, config);
  std::atomic<bool> done{false};
  std::atomic<std::size_t> wrong{0};
  in_threads([&](std::size_t me) {
    if (me > 1) {
      while (!done) {
        const auto channel = ledger->read_channel(id);
        if (!channel.is_ok() || channel.value->total_claimed > channel.value->balance) ++wrong;
        const auto events = ledger->events(config.receiver, 0, 1000);
        for (std::size_t i = 0; i < events.value->size(); ++i) {
          if ((*events.value)[i].sequence != i + 1) ++wrong;
        }
      }
      return;
    }
    for (std::size_t n = 1; me == 0 && n <= kEach; ++n) {
      ledger->submit(*ledger->prepare(Deposit{config, units(10)}, keys[0]).value);
      const auto row = row_of(separator, config, keys[0], units(10 * n), units(10 * n));
      ledger->submit(*ledger->prepare(Claim{{row}, std::nullopt}, keys[1]).value);
    }
    if (me == 0) done = true;
  });
  CHECK(wrong == 0);
  CHECK(channel_in(*ledger, config).total_claimed == units(10 * kEach));
}

TEST_CASE_FIXTURE(Crowd, "remote ledger, threads: one instance serves all") {
  RemoteLedger remote{local_transport(*ledger)};
  std::atomic<std::size_t> succeeded{0};
  in_threads([&](std::size_t me) {
    for (std::size_t n = 0; n < kEach; ++n) {
      const auto raw = remote.prepare(Transfer{keys[(me + 1) % kThreads].address(), units(1)}, keys[me]);
      if (raw.is_ok() && fate_of(remote.submit(*raw.value)) == "ok") ++succeeded;
    }
  });
  CHECK(succeeded == kThreads * kEach);
  CHECK(all_money() == *ledger->minted().value);
}
