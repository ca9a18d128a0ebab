#include "tests/simulation/line.hpp"

#include <utility>

namespace ferry::simulation {

void Line::pass(Parcel parcel) {
  take_turns([once = std::make_shared<std::optional<Parcel>>(std::move(parcel))] { return std::exchange(*once, std::nullopt); });
}

void Line::take_turns(Sender sender) {
  waiting_.push_back(std::move(sender));
  if (!busy_) go_on();
}

void Line::go_on() {
  while (!waiting_.empty()) {
    auto sender = std::move(waiting_.front());
    waiting_.pop_front();
    auto parcel = sender();
    if (!parcel) continue;
    waiting_.push_back(std::move(sender));
    busy_ = true;
    const double seconds = static_cast<double>(parcel->bytes) / bytes_per_second_;
    busy_seconds_ += seconds;
    events_.after(seconds, [this, passed = std::move(parcel->passed)] {
      busy_ = false;
      passed();
      if (!busy_) go_on();
    });
    return;
  }
}

}  // namespace ferry::simulation
