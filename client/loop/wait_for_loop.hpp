#pragma once
// wait_for_loop: a blocking procedure has something done on the loop and waits for the answer.

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "client/loop/loop.hpp"

namespace ferry::client {

/// Runs `ask` on the loop and waits until it, or whatever it started, calls the reply it is given; only the first call counts. Gives
/// `otherwise` when the loop has stopped, or when every copy of the reply is gone without a call. Threads: any but the loop's.
template <typename Answer>
Answer wait_for_loop(Loop& loop, Answer otherwise, std::function<void(const std::function<void(Answer)>& reply)> ask) {
  struct Box {
    std::mutex mutex;
    std::condition_variable filled;
    std::optional<Answer> answer;
    void put(Answer value) {
      {
        const std::lock_guard lock(mutex);
        if (!answer) answer = std::move(value);
      }
      filled.notify_one();
    }
  };
  struct Reply {
    Reply(std::shared_ptr<Box> to, Answer fallback) : box(std::move(to)), otherwise(std::move(fallback)) {}
    ~Reply() { box->put(std::move(otherwise)); }
    Reply(const Reply&) = delete;
    Reply& operator=(const Reply&) = delete;
    std::shared_ptr<Box> box;
    Answer otherwise;
  };
  const auto box = std::make_shared<Box>();
  {
    auto last = std::make_shared<Reply>(box, std::move(otherwise));
    std::function<void(Answer)> reply = [last = std::move(last)](Answer answer) { last->box->put(std::move(answer)); };
    loop.post([ask = std::move(ask), reply = std::move(reply)] { ask(reply); });
  }
  std::unique_lock lock(box->mutex);
  box->filled.wait(lock, [&box] { return box->answer.has_value(); });
  return std::move(*box->answer);
}

}  // namespace ferry::client
