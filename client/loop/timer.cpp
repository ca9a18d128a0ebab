#include "client/loop/timer.hpp"

#include <algorithm>
#include <utility>

namespace ferry::client {

struct Timer::State {
  uv_timer_t native{};
  Task task;
};

Timer::Timer(Loop& loop) : state_(new State) {
  uv_timer_init(loop.native(), &state_->native);
  state_->native.data = state_;
}

Timer::~Timer() {
  state_->task = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(&state_->native), [](uv_handle_t* handle) { delete static_cast<State*>(handle->data); });
}

void Timer::start(base::Duration after, Task task) {
  state_->task = std::move(task);
  const auto fire = [](uv_timer_t* native) {
    // Moved out: the task may start this timer anew or destroy it.
    const Task due = std::exchange(static_cast<State*>(native->data)->task, nullptr);
    if (due) due();
  };
  uv_timer_start(&state_->native, fire, static_cast<std::uint64_t>(std::max<std::int64_t>(after.count(), 0)), 0);
}

void Timer::stop() {
  state_->task = nullptr;
  uv_timer_stop(&state_->native);
}

bool Timer::is_running() const { return uv_is_active(reinterpret_cast<const uv_handle_t*>(&state_->native)) != 0; }

}  // namespace ferry::client
