#include "client/loop/loop.hpp"

#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <numeric>

#include "client/loop/blocking_pool.hpp"
#include "client/loop/timer.hpp"
#include "client/loop/wait_for_loop.hpp"

namespace ferry::client {

namespace {

/// A loop that is stopped at the end of a test.
struct Running {
  std::unique_ptr<Loop> loop = std::move(*Loop::start());
  ~Running() {
    loop->post([this] { loop->stop(); });
    loop->join();
  }
};

}  // namespace

TEST_CASE("loop: tasks of one thread run in the order of posting, on the loop's thread") {
  std::vector<int> order;
  bool on_loop = true;
  {
    Running running;
    for (int i = 0; i < 1000; ++i) {
      running.loop->post([&, i] {
        order.push_back(i);
        on_loop = on_loop && running.loop->is_current();
      });
    }
    CHECK_FALSE(running.loop->is_current());
  }
  std::vector<int> expected(1000);
  std::iota(expected.begin(), expected.end(), 0);
  CHECK(order == expected);
  CHECK(on_loop);
}

TEST_CASE("loop: every task that was accepted runs, also when the loop is being stopped") {
  for (int round = 0; round < 20; ++round) {
    auto loop = std::move(*Loop::start());
    std::atomic<int> accepted{0}, ran{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 200; ++n) accepted += loop->post([&] { ++ran; }) ? 1 : 0;
      });
    }
    loop->post([&] { loop->stop(); });
    for (auto& thread : threads) thread.join();
    loop->join();
    CHECK(ran == accepted);
    CHECK_FALSE(loop->post([] {}));
  }
}

TEST_CASE("loop: work runs elsewhere, its end on the loop") {
  std::promise<std::pair<bool, bool>> where;
  Running running;
  running.loop->post([&] {
    auto elsewhere = std::make_shared<bool>();
    running.loop->work([&, elsewhere] { *elsewhere = !running.loop->is_current(); },
                       [&, elsewhere] { where.set_value({*elsewhere, running.loop->is_current()}); });
  });
  CHECK(where.get_future().get() == std::pair{true, true});
}

TEST_CASE("loop: its thread takes no signal of the process") {
  std::promise<bool> blocked;
  Running running;
  running.loop->post([&] {
    sigset_t mask;
    pthread_sigmask(SIG_BLOCK, nullptr, &mask);
    blocked.set_value(sigismember(&mask, SIGPIPE) == 1 && sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGSEGV) == 0);
  });
  CHECK(blocked.get_future().get());
}

TEST_CASE("timer: fires once, and never after its end") {
  std::promise<void> fired;
  Running running;
  running.loop->post([&] {
    {
      Timer forgotten(*running.loop);
      forgotten.start(base::Duration{0}, [] { std::abort(); });
    }
    auto stopped = std::make_shared<Timer>(*running.loop);
    stopped->start(base::Duration{0}, [] { std::abort(); });
    stopped->stop();
    CHECK_FALSE(stopped->is_running());
    auto timer = std::make_shared<Timer>(*running.loop);
    timer->start(base::Duration{0}, [] { std::abort(); });
    timer->start(base::Duration{1}, [&fired, timer, stopped] { fired.set_value(); });  // replaces the first
    CHECK(timer->is_running());
  });
  fired.get_future().get();
}

TEST_CASE("timer: may start itself anew") {
  std::promise<void> third;
  Running running;
  auto timer = std::make_shared<std::unique_ptr<Timer>>();
  auto count = std::make_shared<int>(0);
  auto again = std::make_shared<Task>();
  *again = [&third, timer, count, weak = std::weak_ptr(again)] {
    if (++*count < 3) return (*timer)->start(base::Duration{0}, *weak.lock());
    timer->reset();
    third.set_value();
  };
  running.loop->post([&] {
    *timer = std::make_unique<Timer>(*running.loop);
    (*timer)->start(base::Duration{0}, *again);
  });
  third.get_future().get();
}

namespace {

/// Pools are used on the loop's thread.
void end(Running& running, BlockingPool& pool) {
  std::promise<void> ended;
  running.loop->post([&] { pool.stop([&] { ended.set_value(); }); });
  ended.get_future().wait();
}

}  // namespace

TEST_CASE("blocking pool: one queue goes one after the other, and ends on the loop; what has not begun is left out at the stop") {
  Running running;
  std::promise<void> ended, entered;
  std::promise<void> go;
  std::atomic<int> worked{0}, done{0};
  auto pool = std::make_unique<BlockingPool>(*running.loop);
  running.loop->post([&] {
    pool->run("a", [&] { entered.set_value(); go.get_future().wait(); ++worked; }, [&] { ++done; });
    pool->run("a", [&] { ++worked; }, [&] { ++done; });
  });
  entered.get_future().wait();
  running.loop->post([&] {
    pool->stop([&] { ended.set_value(); });
    pool->run("b", [&] { ++worked; }, [&] { ++done; });
    go.set_value();
  });
  ended.get_future().wait();
  CHECK(worked == 1);
  CHECK(done == 3);
}

TEST_CASE("blocking pool: a queue that waits holds up no other") {
  Running running;
  std::promise<void> go, second;
  BlockingPool pool(*running.loop);
  running.loop->post([&] {
    pool.run("silent", [&] { go.get_future().wait(); }, [] {});
    pool.run("other", [] {}, [&] { second.set_value(); });
  });
  second.get_future().wait();  // while the first still waits
  go.set_value();
  end(running, pool);
}

TEST_CASE("blocking pool: many queues share few threads, and each keeps its order") {
  Running running;
  constexpr int kQueues = 50, kEach = 20;
  BlockingPool pool(*running.loop);
  std::atomic<int> at_once{0}, most{0};
  std::vector<std::vector<int>> order(kQueues);
  std::promise<void> all;
  int left = kQueues * kEach;
  running.loop->post([&] {
    for (int entry = 0; entry < kEach; ++entry) {
      for (int queue = 0; queue < kQueues; ++queue) {
        const auto work = [&, queue, entry] {
          const int now = ++at_once;
          for (int before = most; before < now && !most.compare_exchange_weak(before, now);) {}
          order[static_cast<std::size_t>(queue)].push_back(entry);
          --at_once;
        };
        pool.run(std::to_string(queue), work, [&] {
          if (--left == 0) all.set_value();
        });
      }
    }
  });
  all.get_future().wait();
  end(running, pool);
  for (const auto& entries : order) {
    CHECK(entries.size() == kEach);
    CHECK(std::is_sorted(entries.begin(), entries.end()));
  }
  CHECK(most <= static_cast<int>(BlockingPool::kMostThreads));
}

TEST_CASE("wait_for_loop: gives the first answer, also one that comes later") {
  Running running;
  CHECK(wait_for_loop<int>(*running.loop, -1, [](const auto& reply) { reply(5); reply(6); }) == 5);
  CHECK(wait_for_loop<int>(*running.loop, -1, [&](const auto& reply) { running.loop->post([reply] { reply(7); }); }) == 7);
}

TEST_CASE("wait_for_loop: gives what stands for no answer when nobody will answer") {
  auto loop = std::move(*Loop::start());
  CHECK(wait_for_loop<int>(*loop, -1, [](const auto&) {}) == -1);
  loop->post([&] { loop->stop(); });
  loop->join();
  CHECK(wait_for_loop<int>(*loop, -1, [](const auto& reply) { reply(5); }) == -1);
}

}  // namespace ferry::client
