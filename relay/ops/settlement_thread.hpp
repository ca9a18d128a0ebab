#pragma once
// SettlementThread: when settlement takes its steps: at regular times, at once when the operator asks for a claim, and once more at the end.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>

#include "protocol/base/time.hpp"
#include "relay/ops/settlement.hpp"

namespace ferry::relay {

class SettlementThread {
 public:
  using Clock = std::function<base::Time()>;

  /// Starts with a step at once. `blind` is kept up to date for those who sell. Lifetime: everything named here outlives this.
  SettlementThread(Settlement& settlement, std::chrono::milliseconds between_steps, Clock clock, std::atomic<bool>& blind);
  /// Waits for the step that is running.
  ~SettlementThread();
  SettlementThread(const SettlementThread&) = delete;
  SettlementThread& operator=(const SettlementThread&) = delete;

  /// Claims now and says what came of it. Errors: those of Settlement::claim(); environment "settlement_slow" when `timeout` passed first
  /// (it goes on), "settlement_stopped". Threads: any; blocks.
  base::Result<void> claim_now(std::chrono::milliseconds timeout, Occasion occasion = Occasion::asked);

 private:
  struct Request;
  void run();
  void step(const std::shared_ptr<Request>& request);

  Settlement& settlement_;
  const std::chrono::milliseconds between_steps_;
  const Clock clock_;
  std::atomic<bool>& blind_;
  std::mutex mutex_;
  std::condition_variable woken_;
  std::shared_ptr<Request> request_;  // under mutex_, as the next
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace ferry::relay
