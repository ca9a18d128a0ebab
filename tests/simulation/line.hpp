#pragma once
// Line: what a host sends or receives, one message after the other, each for as long as its bytes take. Those who have something to send take turns.
// A model of an access line that connections share fairly; what is in the middle of the network has delay only.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "tests/simulation/event_queue.hpp"

namespace ferry::simulation {

/// Something on its way, and what happens when it has passed.
struct Parcel {
  std::uint64_t bytes = 0;
  std::function<void()> passed;
};

class Line {
 public:
  /// The next parcel of one sender; nullopt when it has none.
  using Sender = std::function<std::optional<Parcel>()>;

  Line(EventQueue& events, double bytes_per_second) : events_(events), bytes_per_second_(bytes_per_second) {}

  void pass(Parcel parcel);
  /// `sender` has something: it is asked when its turn comes, again and again until it has nothing.
  void take_turns(Sender sender);
  double busy_seconds() const { return busy_seconds_; }

 private:
  void go_on();

  EventQueue& events_;
  double bytes_per_second_;
  std::deque<Sender> waiting_;
  bool busy_ = false;
  double busy_seconds_ = 0;
};

}  // namespace ferry::simulation
