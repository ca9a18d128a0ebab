#include "client/loop/blocking_thread.hpp"

#include <utility>

namespace ferry::client {

BlockingThread::~BlockingThread() {
  if (thread_.joinable()) thread_.join();
}

void BlockingThread::run(Task work, Task done) {
  if (!thread_.joinable()) thread_ = std::thread([this] { serve(); });
  {
    const std::lock_guard lock(mutex_);
    entries_.push_back(Entry{std::move(work), std::move(done)});
  }
  came_.notify_one();
}

void BlockingThread::stop(Task ended) {
  if (!thread_.joinable()) {
    loop_.post(std::move(ended));
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    ended_ = std::move(ended);
    stopping_.store(true);
  }
  came_.notify_one();
}

void BlockingThread::serve() {
  block_signals();
  for (;;) {
    Entry entry;
    {
      std::unique_lock lock(mutex_);
      came_.wait(lock, [this] { return is_stopping() || !entries_.empty(); });
      if (entries_.empty()) {
        loop_.post(std::move(ended_));
        return;
      }
      entry = std::move(entries_.front());
      entries_.pop_front();
    }
    if (!is_stopping()) entry.work();
    loop_.post(std::move(entry.done));
  }
}

}  // namespace ferry::client
