#include "client/loop/blocking_pool.hpp"

#include <utility>

namespace ferry::client {

BlockingPool::~BlockingPool() {
  for (auto& thread : threads_) thread.join();
}

void BlockingPool::run(const std::string& queue, Task work, Task done) {
  if (is_stopping()) {
    loop_.post(std::move(done));
    return;
  }
  bool is_short_of_threads = false;
  {
    const std::lock_guard lock(mutex_);
    auto& entries = queues_[queue];
    entries.push_back(Entry{std::move(work), std::move(done)});
    if (entries.size() > 1) return;
    ready_.push_back(queue);
    is_short_of_threads = ready_.size() > idle_ && serving_ < kMostThreads;
    if (is_short_of_threads) ++serving_;
  }
  if (is_short_of_threads) threads_.emplace_back([this] { serve(); });
  came_.notify_one();
}

void BlockingPool::stop(Task ended) {
  bool has_threads = false;
  {
    const std::lock_guard lock(mutex_);
    stopping_.store(true);
    has_threads = serving_ > 0;
    if (has_threads) ended_ = std::move(ended);
  }
  if (!has_threads) loop_.post(std::move(ended));
  came_.notify_all();
}

void BlockingPool::serve() {
  block_signals();
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    came_.wait(lock, [this] { return is_stopping() || !ready_.empty(); });
    --idle_;
    if (ready_.empty()) break;
    const auto queue = std::move(ready_.front());
    ready_.pop_front();
    auto entry = std::move(queues_[queue].front());
    lock.unlock();
    if (!is_stopping()) entry.work();
    entry.work = {};  // what it holds goes before `done` may end its owner
    loop_.post(std::move(entry.done));
    lock.lock();
    auto& entries = queues_[queue];
    entries.pop_front();
    if (entries.empty()) {
      queues_.erase(queue);
    } else {
      ready_.push_back(queue);
    }
  }
  if (--serving_ == 0) loop_.post(std::move(ended_));
}

}  // namespace ferry::client
