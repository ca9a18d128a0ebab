#include "client/relays/relay_choice.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

namespace ferry::client {

bool may_pass(const base::Error& error) {
  constexpr std::array<std::string_view, 9> kPassing{"relay_lost", "relay_unreachable", "relay_stalled", "relay_silent",    "relay_leaving",
                                                     "relay_busy", "idle_timeout",      "draining",      "session_closing"};
  return std::find(kPassing.begin(), kPassing.end(), error.code) != kPassing.end();
}

std::vector<Relay*> FirstWorking::all() const {
  std::vector<Relay*> honest;
  std::copy_if(relays_.begin(), relays_.end(), std::back_inserter(honest), [this](const Relay* relay) { return !marks_.find(relay->address()); });
  return honest.empty() ? relays_ : honest;
}

Relay* FirstWorking::best(const std::set<const Relay*>& besides) {
  const auto may_do = [&](const Relay* relay) {
    const auto is_it = [relay](const auto& failure) { return failure.first == relay; };
    return !besides.contains(relay) && std::none_of(failures_.begin(), failures_.end(), is_it);
  };
  const auto usable = all();
  const auto found = std::find_if(usable.begin(), usable.end(), may_do);
  return found != usable.end() ? *found : nullptr;
}

void FirstWorking::failed(Relay& relay, const base::Error& why) { failures_.emplace_back(&relay, why); }

void FirstWorking::prefer(const std::vector<Relay*>& relays) {
  std::erase_if(relays_, [&relays](const Relay* relay) { return std::ranges::find(relays, relay) != relays.end(); });
  relays_.insert(relays_.begin(), relays.begin(), relays.end());
}

void FirstWorking::start_over() { failures_.clear(); }

base::Error FirstWorking::summary() const {
  if (failures_.empty()) return base::refusal("no_relay", "no relay was given: name one as ferry://0xADDRESS@host:port");
  if (failures_.size() == 1) {
    auto [relay, failure] = failures_.front();
    if (failure.code == "relay_unreachable") failure.message = relay->text() + ": " + failure.message + "; check the reference and that it runs, or name another relay too";
    return failure;
  }
  std::string text = "no relay works:";
  for (const auto& [relay, failure] : failures_) text += " " + relay->text() + ": " + failure.message + ";";
  return base::Error{failures_.back().second.kind, "no_relay", base::printable(text, 900)};
}

}  // namespace ferry::client
