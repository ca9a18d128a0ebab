#pragma once
// EventQueue: the virtual clock of a simulation. Pure.

#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

namespace ferry::simulation {

class EventQueue {
 public:
  double now() const { return now_; }
  /// Of events at the same time the one that was added first comes first.
  void at(double time, std::function<void()> event) { events_.push({time, next_++, std::move(event)}); }
  void after(double seconds, std::function<void()> event) { at(now_ + seconds, std::move(event)); }

  /// Until nothing is left.
  void run() {
    while (!events_.empty()) {
      auto event = std::move(const_cast<Event&>(events_.top()));  // it is popped at once
      events_.pop();
      now_ = event.time;
      event.act();
    }
  }

 private:
  struct Event {
    double time;
    std::uint64_t number;
    std::function<void()> act;
    bool operator<(const Event& other) const { return time != other.time ? time > other.time : number > other.number; }
  };

  double now_ = 0;
  std::uint64_t next_ = 0;
  std::priority_queue<Event> events_;
};

}  // namespace ferry::simulation
