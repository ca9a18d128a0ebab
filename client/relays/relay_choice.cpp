#include "client/relays/relay_choice.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace ferry::client {

bool may_pass(const base::Error& error) {
  constexpr std::array<std::string_view, 9> kPassing{"relay_lost", "relay_unreachable", "relay_stalled", "relay_silent",    "relay_leaving",
                                                     "relay_busy", "idle_timeout",      "draining",      "session_closing"};
  return std::find(kPassing.begin(), kPassing.end(), error.code) != kPassing.end();
}

FirstWorking::FirstWorking(std::vector<Relay*> relays, const RelayMarks& marks) : relays_(std::move(relays)) {
  std::stable_partition(relays_.begin(), relays_.end(), [&marks](const Relay* relay) { return !marks.find(relay->address()); });
}

void FirstWorking::failed(const base::Error& why) {
  failures_.push_back(why);
  ++next_;
}

void FirstWorking::start_over() {
  next_ = 0;
  failures_.clear();
}

base::Error FirstWorking::summary() const {
  if (failures_.empty()) return base::refusal("no_relay", "no relay was given: name one as ferry://0xADDRESS@host:port");
  if (failures_.size() == 1) return failures_.front();
  std::string text = "no relay works:";
  for (std::size_t i = 0; i < failures_.size(); ++i) text += " " + relays_[i]->text() + ": " + failures_[i].message + ";";
  return base::Error{failures_.back().kind, "no_relay", base::printable(text, 900)};
}

}  // namespace ferry::client
