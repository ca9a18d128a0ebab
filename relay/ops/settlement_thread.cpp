#include "relay/ops/settlement_thread.hpp"

#include <utility>

namespace ferry::relay {

using base::Result;

/// Shared by all who ask before the step begins.
struct SettlementThread::Request {
  Occasion occasion = Occasion::asked;  ///< of who asked first
  std::promise<Result<void>> promise;
  std::shared_future<Result<void>> outcome = promise.get_future().share();
};

SettlementThread::SettlementThread(Settlement& settlement, std::chrono::milliseconds between_steps, Clock clock, std::atomic<bool>& blind)
    : settlement_(settlement), between_steps_(between_steps), clock_(std::move(clock)), blind_(blind), thread_([this] { run(); }) {}

SettlementThread::~SettlementThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_all();
  thread_.join();
  if (request_) request_->promise.set_value(base::fail(base::environment("settlement_stopped", "the relay is stopping")));
}

Result<void> SettlementThread::claim_now(std::chrono::milliseconds timeout, Occasion occasion) {
  std::shared_future<Result<void>> outcome;
  {
    const std::lock_guard lock(mutex_);
    if (!request_) {
      request_ = std::make_shared<Request>();
      request_->occasion = occasion;
    }
    outcome = request_->outcome;
  }
  woken_.notify_all();
  if (outcome.wait_for(timeout) == std::future_status::ready) return outcome.get();
  return base::fail(base::environment("settlement_slow", "the ledger takes long; the claim goes on, see the log"));
}

void SettlementThread::run() {
  std::shared_ptr<Request> request;
  for (;;) {
    step(request);
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, between_steps_, [this] { return stopping_ || request_; });
    if (stopping_) return;
    request = std::exchange(request_, nullptr);
  }
}

void SettlementThread::step(const std::shared_ptr<Request>& request) {
  const auto now = clock_();
  auto outcome = settlement_.tick(now);  // recovers first, if that has not been done
  if (request) {
    if (outcome) outcome = settlement_.claim(now, request->occasion);
    request->promise.set_value(outcome);
  }
  blind_.store(settlement_.is_blind(clock_()), std::memory_order_relaxed);
}

}  // namespace ferry::relay
